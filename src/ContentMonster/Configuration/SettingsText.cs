using System.Text;

namespace ContentMonster.Configuration;

/// <summary>Turns the file's bytes into text, or says why that cannot be.</summary>
internal static class SettingsText
{
    /// <summary>Throws where bytes are not UTF-8: a replaced character in a path or a password would do harm much later.</summary>
    public static Encoding Strict { get; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Null, with the problem told, where the bytes are no text.</summary>
    public static string? Decode(ReadOnlySpan<byte> content, ProblemList problems)
    {
        if (content is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            problems.Error(1, null, null, "The file is UTF-16. Save it as UTF-8.");
            return null;
        }

        if (content.StartsWith("\uFEFF"u8))
        {
            content = content[3..];
        }

        try
        {
            return Strict.GetString(content);
        }
        catch (DecoderFallbackException trouble)
        {
            int line = 1 + content[..Math.Min(trouble.Index, content.Length)].Count((byte)'\n');
            problems.Error(line, null, null, "The file is not UTF-8: this line holds other bytes. Save it as UTF-8 (from Latin-1: iconv -f latin1 -t utf-8).");
            return null;
        }
    }
}
