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

    /// <summary>Whether it hashes files with sha256 (check-file), as far as it says.</summary>
    public bool OffersSha256 => OffersSha256By("check-file-handle") || OffersSha256By("check-file");

    // Some servers announce the algorithms with the extension, others the extension alone or a version.
    private bool OffersSha256By(string extension) =>
        Extensions.TryGetValue(extension, out string? algorithms)
        && (!algorithms.Any(char.IsAsciiLetter) || algorithms.Split(',').Contains("sha256", StringComparer.Ordinal));
}
