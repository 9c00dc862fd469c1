using ContentMonster.Sftp.Client;

namespace ContentMonster.Bench;

/// <summary>A source without end that costs one copy.</summary>
internal sealed class PatternSource : IUploadSource
{
    private static readonly byte[] Pattern = [.. Enumerable.Range(0, 256 * 1_024).Select(static number => (byte)(number * 31))];

    public int Read(long offset, Span<byte> buffer)
    {
        Pattern.AsSpan(0, buffer.Length).CopyTo(buffer);
        return buffer.Length;
    }
}
