using System.Text;

namespace ContentMonster.Configuration;

/// <summary>
/// Takes a value out of its line: without its comment, without its quotes, with %% as configparser's BasicInterpolation reads it.
/// </summary>
/// <remarks>
/// A comment begins with "#" or ";" between blanks. Without the blank behind it (<c>/data #1</c>) it is part of the value, and a warning
/// says so: a Location cut short would be another directory. Secrets need two blanks before it, for <c>#</c> is a likely part of a password.
/// </remarks>
internal static class IniValue
{
    /// <summary>The value of a key that takes one line.</summary>
    public static string Single(IReadOnlyList<IniLine> lines, Action<string> warn)
    {
        string text = OnlyLine(lines);
        if (Unquote(text, blanksBefore: 1) is { } quoted)
        {
            return quoted;
        }

        string value = WithoutComment(text, blanksBefore: 1).Trim();
        if (value is ['"' or '\'', ..])
        {
            throw new BadValueException("The value begins with a quotation mark that is not closed. Close it, or remove it.");
        }

        WarnOfKeptSign(value, warn);
        return Percents(value);
    }

    /// <summary>The value of Password or Passphrase: as much as possible is taken as it stands.</summary>
    public static string Secret(IReadOnlyList<IniLine> lines, Action<string> warn)
    {
        string text = OnlyLine(lines);
        if (Unquote(text, blanksBefore: 2) is { } quoted)
        {
            return quoted;
        }

        string kept = WithoutComment(text, blanksBefore: 2);
        string value = kept.Trim();
        if (kept.Length < text.Length)
        {
            warn("What follows two blanks and a \"#\" or \";\" was taken for a comment. Put it on a line of its own, or put the secret in quotation marks if it goes on there.");
        }
        else if (WithoutComment(text, blanksBefore: 1).Length < text.Length)
        {
            warn("The \"#\" or \";\" after a blank was taken for part of the secret. Put a comment on a line of its own; put the secret in quotation marks to silence this.");
        }

        if (value is ['"' or '\'', ..])
        {
            warn("The secret begins with a quotation mark that is not closed, so the mark was taken for part of it.");
        }

        return Percents(value);
    }

    /// <summary>Where a comment begins at or after <paramref name="from"/>; the text's length where there is none.</summary>
    internal static int CommentStart(string text, int from, int blanksBefore)
    {
        for (int i = Math.Max(from, blanksBefore); i < text.Length; i++)
        {
            if (text[i] is '#' or ';'
                && (i + 1 == text.Length || char.IsWhiteSpace(text[i + 1]))
                && char.IsWhiteSpace(text[i - 1])
                && char.IsWhiteSpace(text[i - blanksBefore]))
            {
                return i;
            }
        }

        return text.Length;
    }

    private static string WithoutComment(string text, int blanksBefore) => text[..CommentStart(text, 0, blanksBefore)];

    /// <summary>What stands between quotation marks, to the letter; null where the value is not quoted.</summary>
    private static string? Unquote(string text, int blanksBefore)
    {
        int open = text.Length - text.AsSpan().TrimStart().Length;
        if (open == text.Length || text[open] is not ('"' or '\''))
        {
            return null;
        }

        for (int close = text.IndexOf(text[open], open + 1); close >= 0; close = text.IndexOf(text[open], close + 1))
        {
            int rest = SkipBlanks(text, close + 1);
            if (rest == text.Length || CommentStart(text, close + 1, blanksBefore) == rest)
            {
                return text[(open + 1)..close];
            }
        }

        return null;
    }

    internal static int SkipBlanks(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        return at;
    }

    private static string OnlyLine(IReadOnlyList<IniLine> lines) => lines.Count == 1
        ? lines[0].Text
        : throw new BadValueException($"The value must stand on one line, but line {lines[1].Number} is indented deeper than its key and so belongs to it. Write that line as far left as the key.");

    internal static void WarnOfKeptSign(string value, Action<string> warn)
    {
        for (int i = 1; i < value.Length; i++)
        {
            if (value[i] is '#' or ';' && char.IsWhiteSpace(value[i - 1]))
            {
                warn($"\"{value[i..]}\" was taken for part of the value. For a comment write a blank after the \"{value[i]}\"; put the value in quotation marks to silence this.");
                return;
            }
        }
    }

    internal static string Percents(string value)
    {
        if (!value.Contains('%', StringComparison.Ordinal))
        {
            return value;
        }

        var text = new StringBuilder(value.Length);
        for (int i = 0; i < value.Length; i++)
        {
            text.Append(value[i]);
            if (value[i] != '%' || i + 1 == value.Length)
            {
                continue;
            }

            if (value[i + 1] == '%')
            {
                i++;
            }
            else if (value[i + 1] == '(' && value.IndexOf(")s", i + 2, StringComparison.Ordinal) > i + 2)
            {
                throw new BadValueException("\"%(name)s\" would stand for another key's value, which is not supported. Write the value out, or put it in quotation marks if it is meant to the letter.");
            }
        }

        return text.ToString();
    }
}
