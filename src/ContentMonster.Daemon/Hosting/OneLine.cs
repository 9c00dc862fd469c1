using System.Globalization;
using System.Text;
using ContentMonster.Model;

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
            if (DisplayText.IsHarmful(rune))
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
            if (DisplayText.IsHarmful(rune))
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
}
