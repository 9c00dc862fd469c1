using System.Globalization;
using System.Text;

namespace ContentMonster.Tests.Fuzzing;

/// <summary>What may reach a log line or a terminal: judged here by other means than the escaping it judges.</summary>
internal static class Harmless
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>One line: no C0, DEL, C1, line or paragraph separator, nothing that turns the reading direction.</summary>
    public static void Check(string text)
    {
        foreach (char one in text)
        {
            if (one < ' ' || one is >= '\u007f' and <= '\u009f' or '\u2028' or '\u2029' or '\u061c' or '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069'))
            {
                throw new Xunit.Sdk.XunitException(string.Create(CultureInfo.InvariantCulture, $"U+{(int)one:X4} would reach the terminal: {Convert.ToHexString(Encoding.UTF8.GetBytes(text))}"));
            }
        }
    }

    /// <summary>What a program printed: UTF-8, and each of its lines harmless.</summary>
    public static string[] Lines(byte[] printed)
    {
        string[] lines = Strict.GetString(printed).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Array.ForEach(lines, Check);
        return lines;
    }
}
