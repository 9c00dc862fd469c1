using System.Buffers;
using System.Globalization;
using System.Text;

namespace ContentMonster.Model;

/// <summary>
/// Makes text from outside (file names, server messages) safe for a log line, a terminal and a page: control characters (C0, DEL, C1),
/// line and paragraph separators, bidirectional controls and bytes that are not UTF-8 are written as escapes; all else stays readable.
/// </summary>
public static class DisplayText
{
    /// <summary>Escapes bytes that are meant to be UTF-8: <c>\xNN</c> for a byte that is not, <c>\u{N}</c> for a control character.</summary>
    public static string Escape(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int consumed) == OperationStatus.Done)
            {
                Append(text, rune);
            }
            else
            {
                foreach (byte one in bytes[..consumed])
                {
                    text.Append(CultureInfo.InvariantCulture, $"\\x{one:x2}");
                }
            }

            bytes = bytes[consumed..];
        }

        return text.ToString();
    }

    /// <summary>Escapes a string the same way; a lone surrogate counts as U+FFFD.</summary>
    public static string Escape(string value)
    {
        var text = new StringBuilder(value.Length);
        foreach (Rune rune in value.EnumerateRunes())
        {
            Append(text, rune);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, Rune rune)
    {
        if (rune.Value == '\\')
        {
            text.Append("\\\\");
        }
        else if (IsHarmful(rune))
        {
            text.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
        }
        else
        {
            text.Append(rune.ToString());
        }
    }

    /// <summary>Could end a line, move a cursor or turn the reading direction.</summary>
    public static bool IsHarmful(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.Format => IsBidirectionalControl(rune.Value),
        _ => false,
    };

    private static bool IsBidirectionalControl(int value) =>
        value is 0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);
}
