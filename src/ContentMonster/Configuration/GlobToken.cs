using System.Text;

namespace ContentMonster.Configuration;

/// <summary>One step of a <see cref="Glob"/>.</summary>
internal sealed record GlobToken(GlobTokenKind Kind)
{
    /// <summary>Bytes that are not UTF-8 count as characters beyond Unicode's last.</summary>
    public const int FirstForeignByte = 0x110000;

    /// <summary>The characters meant, from and to.</summary>
    private IReadOnlyList<(int From, int To)> Ranges { get; init; } = [];

    private bool Negated { get; init; }

    /// <summary>Never a "/": an element of the path ends there.</summary>
    public bool Takes(int unit)
    {
        bool within = false;
        foreach ((int from, int to) in Ranges)
        {
            within |= unit >= from && unit <= to;
        }

        return within != Negated && (unit != '/' || Ranges is [('/', '/')]);
    }

    public static List<GlobToken> Read(string body, string pattern)
    {
        var tokens = new List<GlobToken>();
        int[] units = [.. body.EnumerateRunes().Select(rune => rune.Value)];
        for (int i = 0; i < units.Length; i++)
        {
            switch (units[i])
            {
                case '*':
                    int first = i;
                    while (i + 1 < units.Length && units[i + 1] == '*')
                    {
                        i++;
                    }

                    bool element = i > first && (first == 0 || units[first - 1] == '/') && i + 1 < units.Length && units[i + 1] == '/';
                    tokens.Add(new(element ? GlobTokenKind.Directories : i > first ? GlobTokenKind.DoubleStar : GlobTokenKind.Star));
                    i += element ? 1 : 0;
                    break;
                case '?':
                    tokens.Add(new(GlobTokenKind.One) { Negated = true });
                    break;
                case '[':
                    tokens.Add(ReadSet(units, ref i, pattern));
                    break;
                case '\\' when i + 1 == units.Length:
                    throw new BadValueException($"\"{pattern}\" ends with \"\\\". Write \"\\\\\" for the character itself.");
                case '\\':
                    tokens.Add(Literal(units[++i]));
                    break;
                default:
                    tokens.Add(Literal(units[i]));
                    break;
            }
        }

        return tokens;
    }

    private static GlobToken Literal(int unit) => new(GlobTokenKind.One) { Ranges = [(unit, unit)] };

    private static GlobToken ReadSet(int[] units, ref int i, string pattern)
    {
        int at = i + 1;
        bool negated = at < units.Length && units[at] is '!' or '^';
        at += negated ? 1 : 0;
        var ranges = new List<(int From, int To)>();
        for (int start = at; at < units.Length && (units[at] != ']' || at == start); at++)
        {
            int from = Member(units, ref at);
            int to = from;
            if (at + 2 < units.Length && units[at + 1] == '-' && units[at + 2] != ']')
            {
                at += 2;
                to = Member(units, ref at);
            }

            if (to < from)
            {
                throw new BadValueException($"\"{pattern}\" holds the range {new Rune(from)}-{new Rune(to)}, which runs backwards.");
            }

            ranges.Add((from, to));
        }

        if (at >= units.Length)
        {
            throw new BadValueException($"\"{pattern}\" opens \"[\" and does not close it. Write \"\\[\" for the character itself, and put a pattern with a comma in quotation marks.");
        }

        i = at;
        // A set of the slash alone could be mistaken for the literal; it matches nothing, as in every shell.
        return new(GlobTokenKind.One) { Negated = negated, Ranges = ranges is [('/', '/')] ? [] : ranges };
    }

    private static int Member(int[] units, ref int at)
    {
        if (units[at] == '\\' && at + 1 < units.Length)
        {
            at++;
        }

        return units[at];
    }
}
