using System.Text;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>Removes what the ledger made and nobody needs: by exact name, and the chunk files whose names hold the same id. Never "all in a directory".</summary>
internal static class RemoteSweep
{
    private const int MaxListed = 100_000;
    private const int MostEmptyings = 3;

    public static async Task<bool> RunAsync(SftpClient client, IReadOnlyList<BytePath> parts, BytePath? tempFolder, TimeSpan syncPatience, CancellationToken cancellationToken)
    {
        foreach (IGrouping<BytePath, BytePath> left in parts.Where(PartName.IsInTempDir).GroupBy(static part => part.Parent))
        {
            await LeaveFolderAsync(client, left, tempFolder, syncPatience, cancellationToken).ConfigureAwait(false);
        }

        parts = [.. parts.Where(part => !PartName.IsInTempDir(part))];
        if (parts.Count == 0)
        {
            return true;
        }

        await Task.WhenAll(parts.Select(part => RemoveAsync(client, part, cancellationToken))).ConfigureAwait(false);
        foreach (BytePath pack in parts.Where(PartName.IsPack))
        {
            await RemovePackFolderAsync(client, PartName.PackFolder(pack.Parent, PartName.IdOf(pack)!), cancellationToken).ConfigureAwait(false);
        }

        if (!client.Server.Has("posix-rename@openssh.com"))
        {
            await Task.WhenAll(parts.Select(part => PutBackAsync(client, part, cancellationToken))).ConfigureAwait(false);
        }

        if (tempFolder is BytePath folder)
        {
            await RemovePiecesAsync(client, parts, folder, mustList: false, cancellationToken).ConfigureAwait(false);
        }

        if (client.Server.Has("fsync@openssh.com"))
        {
            // All of them, also where nothing was found: an earlier sweep whose reply was lost may have removed it. What a power cut brought back
            // later would be known to nobody.
            IEnumerable<BytePath> changed = parts.Select(part => part.Parent).Concat(tempFolder is BytePath own ? [own] : []).Distinct();
            await Task.WhenAll(changed.Select(directory => SyncAsync(client, directory, syncPatience, cancellationToken))).ConfigureAwait(false);
        }

        return true;
    }

    private static async Task RemovePiecesAsync(SftpClient client, IEnumerable<BytePath> parts, BytePath folder, bool mustList, CancellationToken cancellationToken)
    {
        HashSet<string> ids = [.. parts.Select(PartName.IdOf).OfType<string>()];
        IReadOnlyList<SftpEntry> there;
        try
        {
            there = await client.ListAsync(folder.Bytes, MaxListed, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpStatusException exception) when (!mustList || exception.Status == SftpStatus.NoSuchFile)
        {
            return;
        }

        IEnumerable<BytePath> pieces = there.Where(entry => IsPieceOf(entry.Name, ids)).Select(entry => folder.Join(new BytePath(entry.Name)));
        await Task.WhenAll(pieces.Select(piece => RemoveAsync(client, piece, cancellationToken))).ConfigureAwait(false);
    }

    // The settings have named another TempDir since; perhaps the same folder by another name, which stays.
    private static async Task LeaveFolderAsync(SftpClient client, IGrouping<BytePath, BytePath> parts, BytePath? tempFolder, TimeSpan syncPatience, CancellationToken cancellationToken)
    {
        await RemovePiecesAsync(client, parts, parts.Key, mustList: true, cancellationToken).ConfigureAwait(false);
        if (client.Server.Has("fsync@openssh.com"))
        {
            await SyncAsync(client, parts.Key, syncPatience, cancellationToken).ConfigureAwait(false);
        }

        if (tempFolder is BytePath now && await AreOneAsync(client, parts.Key, now, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        try
        {
            await client.RemoveDirectoryAsync(parts.Key.Bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpStatusException)
        {
            // It is gone, or a later sweep has more to remove there.
        }
    }

    private static async Task<bool> AreOneAsync(SftpClient client, BytePath one, BytePath other, CancellationToken cancellationToken)
    {
        try
        {
            byte[] first = await client.RealPathAsync(one.Bytes, cancellationToken).ConfigureAwait(false);
            byte[] second = await client.RealPathAsync(other.Bytes, cancellationToken).ConfigureAwait(false);
            return first.AsSpan().SequenceEqual(second);
        }
        catch (SftpStatusException exception) when (exception.Status == SftpStatus.NoSuchFile)
        {
            return false;
        }
    }

    // A replacement in two renames that broke in between: the older content goes back where nothing has come in its place.
    private static async Task PutBackAsync(SftpClient client, BytePath sibling, CancellationToken cancellationToken)
    {
        BytePath aside = PartName.SetAside(sibling);
        if (await client.LinkStatAsync(aside.Bytes, cancellationToken).ConfigureAwait(false) is null || PartName.DestinationOf(sibling) is not BytePath destination)
        {
            return;
        }

        if (await client.LinkStatAsync(destination.Bytes, cancellationToken).ConfigureAwait(false) is null)
        {
            await client.RenameAsync(aside.Bytes, destination.Bytes, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await RemoveAsync(client, aside, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Makes a directory durable, as far as that can be had.</summary>
    public static async Task SyncAsync(SftpClient client, BytePath directory, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            byte[] path = directory.IsEmpty ? "."u8.ToArray() : directory.Bytes;
            SftpHandle handle = await client.OpenAsync(path, SftpOpenModes.Read, null, cancellationToken).ConfigureAwait(false);
            try
            {
                await client.SyncAsync(handle, patience, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _ = CloseAsync(client, handle);
            }
        }
        catch (SftpStatusException)
        {
            // The directory is gone, or such as cannot be synced here.
        }
    }

    // Nobody waits a round trip for it; if it cannot be closed it ends with the session.
    private static async Task CloseAsync(SftpClient client, SftpHandle handle) =>
        await client.CloseAsync(handle, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    // Named by the ledger and made by us alone: what is in it was unpacked there.
    private static async Task RemovePackFolderAsync(SftpClient client, BytePath folder, CancellationToken cancellationToken)
    {
        if (await client.LinkStatAsync(folder.Bytes, cancellationToken).ConfigureAwait(false) is not { Type: SftpFileType.Directory })
        {
            return;
        }

        for (int emptyings = 1; ; emptyings++)
        {
            try
            {
                IReadOnlyList<SftpEntry> there = await client.ListAsync(folder.Bytes, MaxListed, cancellationToken).ConfigureAwait(false);
                await Task.WhenAll(there.Select(entry => RemoveAsync(client, folder.Join(new BytePath(entry.Name)), cancellationToken))).ConfigureAwait(false);
                await client.RemoveDirectoryAsync(folder.Bytes, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (SftpStatusException exception) when (exception.Status == SftpStatus.NoSuchFile)
            {
                return; // Another sweep was first: each file of an archive has what was left of it swept.
            }
            catch (SftpStatusException exception) when (exception.Status == SftpStatus.Failure && emptyings < MostEmptyings)
            {
                // A script that was left alone with it unpacks into it. Its archive is gone: it will not for long.
            }
        }
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
        catch (SftpStatusException)
        {
            // On a file system that is read-only by now, what is not there is refused as well.
            if (await client.LinkStatAsync(part.Bytes, cancellationToken).ConfigureAwait(false) is not null)
            {
                throw;
            }
        }
    }
}
