namespace ContentMonster.Sftp.Client;

/// <summary>What the server said at the start.</summary>
/// <param name="Version">Always 3.</param>
/// <param name="Extensions">Names as sent (fsync@openssh.com ...), with their data; both escaped where they are not plain text.</param>
/// <param name="MaxWriteLength">Bytes of data a write may carry: limits@openssh.com within 1 KiB to 255 KiB, 32 KiB where it is not said.</param>
/// <param name="MaxReadLength">The same for reads.</param>
/// <param name="MaxOpenHandles">0 where it is not said.</param>
public sealed record SftpServerFacts(int Version, IReadOnlyDictionary<string, string> Extensions, int MaxWriteLength, int MaxReadLength, int MaxOpenHandles)
{
    public bool Has(string extension) => Extensions.ContainsKey(extension);
}
