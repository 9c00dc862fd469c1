using System.Globalization;
using System.Text;

namespace ContentMonster.Daemon.Hosting;

/// <summary>
/// The last gate before a log or a terminal. What is shown was mostly escaped where it was made, so backslashes stay as they are; only what
/// could end the line, move the cursor or turn the reading direction is escaped.
/// </summary>
internal static class OneLine
{
    public static string Of(string text)
    {
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsHarmful(rune))
            {
                return Escaped(text);
            }
        }

        return text;
    }

    /// <summary>An exception with its trace on one line.</summary>
    public static string Of(Exception exception) => Of(string.Join(
        " | ", exception.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));

    private static string Escaped(string text)
    {
        var safe = new StringBuilder(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsHarmful(rune))
            {
                safe.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
            }
            else
            {
                safe.Append(rune.ToString());
            }
        }

        return safe.ToString();
    }

    private static bool IsHarmful(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.Format => rune.Value is 0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069),
        _ => false,
    };
}
