using ContentMonster.Sftp.Client;

namespace ContentMonster.Tests.Client;

internal sealed class MemorySource(byte[] content) : IUploadSource
{
    public int Read(long offset, Span<byte> buffer)
    {
        ReadOnlySpan<byte> rest = content.AsSpan((int)Math.Min(offset, content.Length));
        int count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        return count;
    }

    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
#pragma warning disable CA5394 // Content that can be made again, not a secret.
        new Random(seed).NextBytes(bytes);
#pragma warning restore CA5394
        return bytes;
    }
}
