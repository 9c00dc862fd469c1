using System.Text;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>Removes what the ledger made and nobody needs: by exact name, and the chunk files whose names hold the same id. Never "all in a directory".</summary>
internal static class RemoteSweep
{
    private const int MaxListed = 100_000;

    public static async Task<bool> RunAsync(SftpClient client, IReadOnlyList<BytePath> parts, BytePath? tempFolder, CancellationToken cancellationToken)
    {
        await Task.WhenAll(parts.Select(part => RemoveAsync(client, part, cancellationToken))).ConfigureAwait(false);
        foreach (BytePath pack in parts.Where(PartName.IsPack))
        {
            await RemovePackFolderAsync(client, PartName.PackFolder(pack.Parent, PartName.IdOf(pack)!), cancellationToken).ConfigureAwait(false);
        }

        if (tempFolder is not BytePath folder)
        {
            return true;
        }

        HashSet<string> ids = [.. parts.Select(PartName.IdOf).OfType<string>()];
        IReadOnlyList<SftpEntry> there;
        try
        {
            there = await client.ListAsync(folder.Bytes, MaxListed, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpStatusException)
        {
            return true;
        }

        IEnumerable<BytePath> pieces = there.Where(entry => IsPieceOf(entry.Name, ids)).Select(entry => folder.Join(new BytePath(entry.Name)));
        await Task.WhenAll(pieces.Select(piece => RemoveAsync(client, piece, cancellationToken))).ConfigureAwait(false);
        return true;
    }

    // Named by the ledger and made by us alone: what is in it was unpacked there.
    private static async Task RemovePackFolderAsync(SftpClient client, BytePath folder, CancellationToken cancellationToken)
    {
        if (await client.LinkStatAsync(folder.Bytes, cancellationToken).ConfigureAwait(false) is not { Type: SftpFileType.Directory })
        {
            return;
        }

        IReadOnlyList<SftpEntry> there = await client.ListAsync(folder.Bytes, MaxListed, cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(there.Select(entry => RemoveAsync(client, folder.Join(new BytePath(entry.Name)), cancellationToken))).ConfigureAwait(false);
        await client.RemoveDirectoryAsync(folder.Bytes, cancellationToken).ConfigureAwait(false);
    }

    // ID.part or ID_N.part, ID one of those to be swept.
    private static bool IsPieceOf(byte[] name, HashSet<string> ids) =>
        name.Length > PartName.IdLength && (name[PartName.IdLength] is (byte)'_' or (byte)'.') && name.AsSpan().EndsWith(".part"u8)
        && ids.Contains(Encoding.Latin1.GetString(name, 0, PartName.IdLength));

    private static async Task RemoveAsync(SftpClient client, BytePath part, CancellationToken cancellationToken)
    {
        try
        {
            await client.RemoveAsync(part.Bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpStatusException exception) when (exception.Status == SftpStatus.NoSuchFile)
        {
            // Gone already: swept before a crash, or with the vessel's own clean-up.
        }
    }
}
