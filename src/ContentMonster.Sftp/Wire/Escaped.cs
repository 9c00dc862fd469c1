using System.Globalization;
using System.Text;

namespace ContentMonster.Sftp.Wire;

/// <summary>Bytes from a server or a file name as text that no terminal and no log takes for anything else.</summary>
internal static class Escaped
{
    private const int MaxShownBytes = 1_024;

    public static string Text(ReadOnlySpan<byte> bytes)
    {
        bool cut = bytes.Length > MaxShownBytes;
        ReadOnlySpan<byte> rest = cut ? bytes[..MaxShownBytes] : bytes;
        var text = new StringBuilder(rest.Length);
        while (!rest.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf8(rest, out Rune rune, out int used) == System.Buffers.OperationStatus.Done;
            if (valid && IsPlain(rune))
                text.Append(rune.ToString());
            else
                AppendHex(text, rest[..used]);
            rest = rest[used..];
        }

        return cut ? text.Append("...").ToString() : text.ToString();
    }

    private static void AppendHex(StringBuilder text, ReadOnlySpan<byte> bytes)
    {
        foreach (byte one in bytes)
            text.Append(CultureInfo.InvariantCulture, $"\\x{one:X2}");
    }

    // Format covers the bidirectional controls.
    private static bool IsPlain(Rune rune) => rune.Value != '\\' && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate);
}
