using System.Text;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>Removes what the ledger made and nobody needs: by exact name, and the chunk files whose names hold the same id. Never "all in a directory".</summary>
internal static class RemoteSweep
{
    private const int MaxListed = 100_000;
    private const int MostPiecesAtOnce = 1_000;
    private const int MostListings = 100;
    private const int MostEmptyings = 3;

    // What is in the folder of an archive, and some more.
    private const int MostUnpacked = PackLayout.MostFiles + 16;

    /// <summary>Those that could not be removed, each with why: all others are gone, durably as far as that can be had.</summary>
    /// <param name="client">Over which it is done.</param>
    /// <param name="parts">What is to be removed.</param>
    /// <param name="pieces">Removes the chunk files in the TempDir in force; null: there is none.</param>
    /// <param name="syncPatience">So long an fsync may take in silence.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<IReadOnlyDictionary<BytePath, SftpStatusException>> RunAsync(
        SftpClient client, IReadOnlyList<BytePath> parts, PieceSweep? pieces, TimeSpan syncPatience, CancellationToken cancellationToken)
    {
        var left = new Dictionary<BytePath, SftpStatusException>();
        foreach (IGrouping<BytePath, BytePath> inOne in parts.Where(PartName.IsInTempDir).GroupBy(static part => part.Parent))
        {
            Note(left, inOne, await LeaveFolderAsync(client, inOne, pieces?.Folder, syncPatience, cancellationToken).ConfigureAwait(false));
        }

        parts = [.. parts.Where(part => !PartName.IsInTempDir(part))];
        if (parts.Count == 0)
        {
            return left;
        }

        SftpStatusException?[] failures = await Task.WhenAll(parts.Select(part => RemoveWithAllAsync(client, part, cancellationToken))).ConfigureAwait(false);
        for (int i = 0; i < parts.Count; i++)
        {
            if (failures[i] is { } failure)
            {
                left[parts[i]] = failure;
            }
        }

        if (pieces is not null)
        {
            Note(left, parts, await pieces.RemoveAsync(parts.Select(PartName.IdOf).OfType<string>(), cancellationToken).ConfigureAwait(false));
        }

        if (client.Server.Has("fsync@openssh.com"))
        {
            // All of them, also where nothing was found: an earlier sweep whose reply was lost may have removed it. What a power cut brought back
            // later would be known to nobody.
            IEnumerable<BytePath> changed = parts.Select(part => part.Parent).Concat(pieces is not null ? [pieces.Folder] : []).Distinct();
            await Task.WhenAll(changed.Select(directory => SyncAsync(client, directory, syncPatience, cancellationToken))).ConfigureAwait(false);
        }

        return left;
    }

    /// <summary>Removes the chunk files of these ids from a folder; what could not be removed, by id.</summary>
    /// <param name="client">Over which it is done.</param>
    /// <param name="ids">Whose.</param>
    /// <param name="folder">Where.</param>
    /// <param name="mustList">Where it cannot be listed, nothing counts as removed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<IReadOnlyDictionary<string, SftpStatusException>> RemovePiecesAsync(
        SftpClient client, IReadOnlySet<string> ids, BytePath folder, bool mustList, CancellationToken cancellationToken)
    {
        var left = new Dictionary<string, SftpStatusException>(StringComparer.Ordinal);
        for (int listings = 1; ; listings++)
        {
            IReadOnlyList<SftpEntry> there;
            try
            {
                there = await client.ListAsync(
                    folder.Bytes, MaxListed, entry => PieceOf(entry.Name, ids) is { } id && !left.ContainsKey(id), MostPiecesAtOnce, cancellationToken).ConfigureAwait(false);
            }
            catch (SftpStatusException exception) when (!mustList || exception.Status == SftpStatus.NoSuchFile)
            {
                return left;
            }
            catch (SftpStatusException exception)
            {
                return ids.ToDictionary(static id => id, _ => exception, StringComparer.Ordinal);
            }

            if (listings > MostListings && there.Count > 0)
            {
                var endless = new SftpStatusException(SftpStatus.Failure, $"Could not remove the chunk files in \"{folder}\", because there are more of them each time that it is listed.");
                there.ToList().ForEach(entry => left[PieceOf(entry.Name, ids)!] = endless);
                return left;
            }

            SftpStatusException?[] failures = await Task.WhenAll(there.Select(entry => TriedAsync(RemoveAsync(client, folder.Join(new BytePath(entry.Name)), cancellationToken)))).ConfigureAwait(false);
            for (int i = 0; i < failures.Length; i++)
            {
                if (failures[i] is { } failure)
                {
                    left[PieceOf(there[i].Name, ids)!] = failure;
                }
            }

            if (there.Count < MostPiecesAtOnce)
            {
                return left;
            }
        }
    }

    private static void Note(Dictionary<BytePath, SftpStatusException> left, IEnumerable<BytePath> parts, IReadOnlyDictionary<string, SftpStatusException> failures)
    {
        foreach (BytePath part in parts)
        {
            if (PartName.IdOf(part) is { } id && failures.TryGetValue(id, out SftpStatusException? failure))
            {
                left[part] = failure;
            }
        }
    }

    // With the folder that it was unpacked in, where it is an archive, and the older content that was set aside for it.
    private static Task<SftpStatusException?> RemoveWithAllAsync(SftpClient client, BytePath part, CancellationToken cancellationToken) => TriedAsync(RemoveInTurnAsync(client, part, cancellationToken));

    private static async Task RemoveInTurnAsync(SftpClient client, BytePath part, CancellationToken cancellationToken)
    {
        await RemoveAsync(client, part, cancellationToken).ConfigureAwait(false);
        if (PartName.IsPack(part))
        {
            await RemovePackFolderAsync(client, PartName.PackFolder(part.Parent, PartName.IdOf(part)!), cancellationToken).ConfigureAwait(false);
        }

        if (!client.Server.Has("posix-rename@openssh.com"))
        {
            await PutBackAsync(client, part, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<SftpStatusException?> TriedAsync(Task removing)
    {
        try
        {
            await removing.ConfigureAwait(false);
            return null;
        }
        catch (SftpStatusException exception)
        {
            return exception;
        }
    }

    // The settings have named another TempDir since; perhaps the same folder by another name, which stays.
    private static async Task<IReadOnlyDictionary<string, SftpStatusException>> LeaveFolderAsync(
        SftpClient client, IGrouping<BytePath, BytePath> parts, BytePath? tempFolder, TimeSpan syncPatience, CancellationToken cancellationToken)
    {
        HashSet<string> ids = [.. parts.Select(PartName.IdOf).OfType<string>()];
        IReadOnlyDictionary<string, SftpStatusException> left = await RemovePiecesAsync(client, ids, parts.Key, mustList: true, cancellationToken).ConfigureAwait(false);
        if (client.Server.Has("fsync@openssh.com"))
        {
            await SyncAsync(client, parts.Key, syncPatience, cancellationToken).ConfigureAwait(false);
        }

        if (left.Count > 0 || (tempFolder is BytePath now && await AreOneAsync(client, parts.Key, now, cancellationToken).ConfigureAwait(false)))
        {
            return left;
        }

        try
        {
            await client.RemoveDirectoryAsync(parts.Key.Bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpStatusException)
        {
            // It is gone, or a later sweep has more to remove there.
        }

        return left;
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
                IReadOnlyList<SftpEntry> there = await client.ListAsync(folder.Bytes, MostUnpacked, cancellationToken).ConfigureAwait(false);
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

    // ID.part or ID_N.part, ID one of those to be swept, which is returned; null: another name.
    private static string? PieceOf(byte[] name, IReadOnlySet<string> ids) =>
        name.Length > PartName.IdLength && (name[PartName.IdLength] is (byte)'_' or (byte)'.') && name.AsSpan().EndsWith(".part"u8)
        && Encoding.Latin1.GetString(name, 0, PartName.IdLength) is var id && ids.Contains(id) ? id : null;

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
