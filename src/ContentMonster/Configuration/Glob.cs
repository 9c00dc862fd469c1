using System.Buffers;
using System.Text;
using ContentMonster.Model;

namespace ContentMonster.Configuration;

/// <summary>
/// A pattern of Include or Exclude, compiled. It is run as a set of states over the path, one step a character, so that no pattern and no
/// name can make it slow (length of the pattern times length of the path, at most). A character is a Unicode one, or a byte that is not
/// UTF-8; names that differ in bytes differ here.
/// </summary>
internal sealed class Glob
{
    private const int LongestPattern = 1024;

    private readonly GlobToken[] _tokens;
    private readonly bool _anchored;
    private readonly bool _directoriesOnly;

    private Glob(GlobToken[] tokens, bool anchored, bool directoriesOnly) =>
        (_tokens, _anchored, _directoriesOnly) = (tokens, anchored, directoriesOnly);

    public static Glob Parse(string pattern)
    {
        if (pattern.Length > LongestPattern)
        {
            throw new BadValueException($"A pattern is longer than {LongestPattern} characters.");
        }

        if (pattern.StartsWith('!'))
        {
            throw new BadValueException($"\"{pattern}\" begins with \"!\", which reverses nothing here. Use Include and Exclude, or write \"\\!\" where the name begins so.");
        }

        string body = pattern.TrimEnd('/');
        bool anchored = body.Contains('/', StringComparison.Ordinal);
        body = body.StartsWith('/') ? body[1..] : body;
        return body.Length > 0
            ? new([.. GlobToken.Read(body, pattern)], anchored, directoriesOnly: pattern.EndsWith('/'))
            : throw new BadValueException($"\"{pattern}\" is no pattern: nothing but slashes stands in it.");
    }

    /// <summary>Whether the path, or a directory on the way to it, is meant.</summary>
    public bool Matches(ReadOnlySpan<byte> path, bool isDirectory) => Run(path, isDirectory) == Outcome.Matched;

    /// <summary>Whether something below this directory may be meant, for all that its own path tells.</summary>
    public bool MayMatchBelow(ReadOnlySpan<byte> directory) => !_anchored || Run(directory, isDirectory: true) != Outcome.Dead;

    private enum Outcome { Dead, Alive, Matched }

    private Outcome Run(ReadOnlySpan<byte> path, bool isDirectory)
    {
        Span<bool> now = stackalloc bool[_tokens.Length + 1];
        Span<bool> next = stackalloc bool[_tokens.Length + 1];
        now.Clear();
        Enter(now, 0);
        while (!path.IsEmpty)
        {
            int unit = Next(ref path);
            if (unit == '/' && now[^1])
            {
                return Outcome.Matched;
            }

            next.Clear();
            if (unit == '/' && !_anchored)
            {
                Enter(next, 0);
            }
            else if (!Step(now, next, unit))
            {
                if (_anchored)
                {
                    return Outcome.Dead;
                }
            }

            Span<bool> spare = now;
            now = next;
            next = spare;
        }

        return now[^1] && (isDirectory || !_directoriesOnly) ? Outcome.Matched : EndOf(now);
    }

    /// <summary>At a directory's end: whether "/" leads anywhere.</summary>
    private Outcome EndOf(Span<bool> now)
    {
        Span<bool> next = stackalloc bool[_tokens.Length + 1];
        next.Clear();
        return Step(now, next, '/') ? Outcome.Alive : Outcome.Dead;
    }

    private bool Step(ReadOnlySpan<bool> now, Span<bool> next, int unit)
    {
        bool alive = false;
        for (int i = 0; i < _tokens.Length; i++)
        {
            if (!now[i])
            {
                continue;
            }

            GlobToken token = _tokens[i];
            switch (token.Kind)
            {
                case GlobTokenKind.Directories:
                    // Stays inside of an element until its "/" is reached; only behind that may the rest of the pattern begin.
                    next[i] = alive = true;
                    if (unit == '/')
                    {
                        Enter(next, i + 1);
                    }

                    break;
                case GlobTokenKind.Star when unit != '/':
                case GlobTokenKind.DoubleStar:
                    Enter(next, i);
                    alive = true;
                    break;
                case GlobTokenKind.One when token.Takes(unit):
                    Enter(next, i + 1);
                    alive = true;
                    break;
            }
        }

        return alive;
    }

    /// <summary>Comes to a state, and to those behind it that need no character.</summary>
    private void Enter(Span<bool> states, int state)
    {
        states[state] = true;
        while (state < _tokens.Length && _tokens[state].Kind != GlobTokenKind.One)
        {
            states[++state] = true;
        }
    }

    private static int Next(ref ReadOnlySpan<byte> path)
    {
        if (Rune.DecodeFromUtf8(path, out Rune rune, out int consumed) == OperationStatus.Done)
        {
            path = path[consumed..];
            return rune.Value;
        }

        int unit = GlobToken.FirstForeignByte + path[0];
        path = path[1..];
        return unit;
    }
}
