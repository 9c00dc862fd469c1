using System.Text;
using ContentMonster.Configuration;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>
/// The durable publish. Implementation notes.
/// <para>Order: the unfinished file is made durable, gets its time and mode, the destination is looked at, the rename, and last the
/// directory is made durable. Without the first fsync a power cut leaves torn files under their final names; without the last it may
/// leave none. Only then may the ledger book it.</para>
/// <para>A batch shares one sync of the file system before its renames and one fsync of each directory after them: the same promise.</para>
/// <para>Round trips: what does not hang on an answer is sent at once, in the order in which it is to be done; SFTP servers work in order. A file can
/// be made ready (durable, time, mode) while its last chunks are still being hashed.</para>
/// <para>Behind the rename, in the same round trip, the part and the destination are looked at: servers that say that it is done, and have not, are noticed.
/// A destination that is gone, with the part, is no sign of that: the vessel's own programs may take a file away at once.</para>
/// <para>An fsync that failed is not repeated: the kernel may have dropped the dirty pages. The file is sent anew.</para>
/// </summary>
internal sealed class PublishSteps(SshVessel vessel, VesselShell shell, RemoteDirectories directories, VesselSettings settings)
{
    // From here on one sync of the whole file system costs less than an fsync of each file.
    private const int WorthOneSync = 8;
    private static readonly PublishOutcome Published = new(Done: true, Durable: true, OtherFileSystem: false, Failure: null);

    /// <summary>How long a sync of a whole file system may take in silence: what others have written there is written out as well.</summary>
    public static readonly TimeSpan FileSystemSyncPatience = TimeSpan.FromMinutes(10);

    /// <summary>How long an fsync of this many bytes may take in silence.</summary>
    public static TimeSpan SyncPatience(TimeSpan timeout, long sizeInBytes)
    {
        TimeSpan bySize = TimeSpan.FromSeconds(60 + (sizeInBytes / 1e6));
        return bySize > timeout ? bySize : timeout;
    }

    /// <summary>Permission bits and modification time as the source has them; a time that SFTP v3 cannot say (before 1970, after 2106) is left alone.</summary>
    public static SftpAttributes AttributesOf(PublishRequest request)
    {
        long seconds = Math.DivRem(request.ModifiedUnixNanoseconds, 1_000_000_000, out long below) - (below < 0 ? 1 : 0);
        uint? time = seconds is >= 0 and <= uint.MaxValue ? (uint)seconds : null;
        return new SftpAttributes { Mode = request.Mode & 0x1FF, ModifiedUnixSeconds = time, AccessedUnixSeconds = time };
    }

    public async Task<IReadOnlyList<PublishOutcome>> PublishAsync(IReadOnlyList<PublishRequest> requests, CancellationToken cancellationToken)
    {
        bool oneSync = requests.Count >= WorthOneSync && shell.SyncsFileSystems && vessel.Facts.HasShell;
        if (oneSync)
        {
            try
            {
                await SyncFileSystemsAsync(requests, cancellationToken).ConfigureAwait(false);
            }
            catch (VesselException exception) when (!exception.IsOfTheLink)
            {
                // Perhaps one file's directory is gone: each is asked for alone, so that the others do not fail with it.
                oneSync = false;
            }
        }

        if (requests is [{ Ready: { Client: { Broken: null } client, Directory: { } directory } ready } only])
        {
            return [await PublishReadyAsync(only, ready, client, directory, cancellationToken).ConfigureAwait(false)];
        }

        BytePath[] parents = [.. requests.Select(request => request.Destination.Parent).Distinct()];
        Task<OpenDirectory?>[] opening = [.. parents.Select(parent => OpenDirectoryAsync(parent, cancellationToken))];
        Moved[] moved = await Task.WhenAll(requests.Select(request => RenameAsync(request, synced: oneSync, cancellationToken))).ConfigureAwait(false);
        OpenDirectory?[] opened = await Task.WhenAll(opening).ConfigureAwait(false);
        bool[] durable = await Task.WhenAll(parents.Select((parent, at) => SyncDirectoryAsync(parent, opened[at], cancellationToken))).ConfigureAwait(false);

        // What was opened before may be the directory that is gone.
        BytePath[] made = [.. requests.Where((_, at) => moved[at].DirectoryMade).Select(request => request.Destination.Parent).Distinct()];
        bool[] anew = await Task.WhenAll(made.Select(parent => SyncDirectoryAsync(parent, null, cancellationToken))).ConfigureAwait(false);
        bool above = await SyncMadeAsync(cancellationToken).ConfigureAwait(false);
        bool all = above && durable.Concat(anew).All(yes => yes);
        return [.. moved.Select(one => all ? one.Outcome : one.Outcome with { Durable = false })];
    }

    // One round trip: the server renames before it looks at the request to make the directory durable.
    private async Task<PublishOutcome> PublishReadyAsync(PublishRequest request, ReadyPart ready, SftpClient client, SftpHandle directory, CancellationToken cancellationToken)
    {
        try
        {
            return await vessel.OnLaneAsync($"publish {request.Destination}", async _ =>
            {
                // While it was hashed something may have tidied up TempDir, and somebody put a file of his in its place.
                await directories.ConfirmAsync(client, request.Part).ConfigureAwait(false);
                Task<Moved> moving = MoveIntoPlaceAsync(client, request, ready.Replaces, cancellationToken);
                Task<bool> syncing = SyncDirectoryAsync(request.Destination.Parent, new OpenDirectory(client, directory), cancellationToken);
                await Task.WhenAll(moving, syncing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                (PublishOutcome outcome, bool directoryMade) = await moving.ConfigureAwait(false);

                // Where the rename takes several steps (no posix-rename, or the directory was gone and is another now) it is made durable once more after the last.
                bool durable = vessel.Facts.CanReplace && !directoryMade ? await syncing.ConfigureAwait(false) : await SyncDirectoryAsync(request.Destination.Parent, null, cancellationToken).ConfigureAwait(false);
                return outcome with { Durable = outcome.Durable && durable && await SyncMadeAsync(cancellationToken).ConfigureAwait(false) };
            }).ConfigureAwait(false);
        }
        catch (VesselException failure)
        {
            return new PublishOutcome(Done: false, Durable: false, OtherFileSystem: false, failure);
        }
    }

    // Directories that were made on the way are entries of others. Each stays on the list until an fsync that began after it was made has succeeded,
    // and whoever publishes meanwhile waits for one of his own.
    private async Task<bool> SyncMadeAsync(CancellationToken cancellationToken)
    {
        bool[] durable = await Task.WhenAll(directories.Unsynced().Select(async entry =>
        {
            // One that is gone took its entries with it.
            bool synced = await SyncDirectoryAsync(entry.Directory, null, cancellationToken).ConfigureAwait(false)
                || await vessel.LookAsync(entry.Directory, cancellationToken).ConfigureAwait(false) is null;
            if (synced)
            {
                directories.Synced(entry);
            }

            return synced;
        })).ConfigureAwait(false);
        return durable.All(yes => yes);
    }

    /// <summary>See <see cref="IVessel.ReadyAsync"/>.</summary>
    public Task<ReadyPart> ReadyAsync(PublishRequest request, CancellationToken cancellationToken) => vessel.OnLaneAsync($"publish {request.Destination}", async lane =>
    {
        Task<OpenDirectory?> opening = OpenDirectoryAsync(lane, request.Destination.Parent, cancellationToken);
        bool replaces = await FinishAsync(lane.Client, request, synced: false, cancellationToken).ConfigureAwait(false);
        OpenDirectory? directory = await opening.ConfigureAwait(false);
        return new ReadyPart(lane.Client, directory?.Handle, replaces);
    });

    /// <summary>A file found in its place: perhaps our own rename whose reply was lost, so all that follows the rename is done again.</summary>
    public async Task<bool> AdoptAsync(PublishRequest request, CancellationToken cancellationToken)
    {
        bool synced = await vessel.OnLaneAsync($"take over {request.Destination}", async lane =>
        {
            try
            {
                await lane.Client.SetStatAsync(request.Destination.Bytes, AttributesOf(request), cancellationToken).ConfigureAwait(false);
            }
            catch (SftpStatusException exception) when (exception.Status == SftpStatus.PermissionDenied)
            {
                // Somebody else's file with the right content: it is what should be there, and not ours to change.
            }

            return vessel.Facts.CanSync && await SyncFileAsync(lane.Client, request, cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return await SyncDirectoryAsync(request.Destination.Parent, null, cancellationToken).ConfigureAwait(false) && synced;
    }

    private async Task SyncFileSystemsAsync(IReadOnlyList<PublishRequest> requests, CancellationToken cancellationToken)
    {
        using var script = new MemoryStream();
        script.Write("sync -f"u8);
        foreach (BytePath directory in requests.Select(request => request.Part.Parent).Distinct())
        {
            script.WriteByte((byte)' ');
            script.Write(directory.IsEmpty ? "."u8 : HashScript.Word(directory));
        }

        script.Write(" 2>&1\n"u8);
        await vessel.RunShellAsync("sync", script.ToArray(), FileSystemSyncPatience, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Moved> RenameAsync(PublishRequest request, bool synced, CancellationToken cancellationToken)
    {
        try
        {
            return await vessel.OnLaneAsync($"publish {request.Destination}", async lane =>
            {
                bool replaces = request.Ready?.Replaces ?? await FinishAsync(lane.Client, request, synced, cancellationToken).ConfigureAwait(false);
                await directories.ConfirmAsync(lane.Client, request.Part).ConfigureAwait(false);
                return await MoveIntoPlaceAsync(lane.Client, request, replaces, cancellationToken).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
        catch (VesselException failure)
        {
            return new Moved(new PublishOutcome(Done: false, Durable: false, OtherFileSystem: false, failure), DirectoryMade: false);
        }
    }

    // Whether a regular file stands at the destination; anything else there is refused.
    private async Task<bool> FinishAsync(SftpClient client, PublishRequest request, bool synced, CancellationToken cancellationToken)
    {
        Task<SftpAttributes?> looking = client.LinkStatAsync(request.Destination.Bytes, cancellationToken);
        Task finishing = FinishPartAsync(client, request, synced, cancellationToken);
        await Task.WhenAll(looking, finishing).ConfigureAwait(false);
        SftpAttributes? there = await looking.ConfigureAwait(false);
        if (there is not null && there.Type != SftpFileType.Regular)
        {
            throw new VesselException(FailureKind.DestinationRefused, $"Could not publish {request.Destination} on {vessel.Name}, because there is {RemoteKinds.Of(there.Type).InWords()} of that name.");
        }

        return there is not null;
    }

    private async Task FinishPartAsync(SftpClient client, PublishRequest request, bool synced, CancellationToken cancellationToken)
    {
        SftpHandle handle = await OwnPart.OpenAsync(client, directories, request.Part, cancellationToken).ConfigureAwait(false);
        Task<SftpAttributes> looking = client.HandleStatAsync(handle, cancellationToken);
        Task syncing = synced || !vessel.Facts.CanSync ? Task.CompletedTask : SyncHandleAsync(client, handle, request, cancellationToken);
        Task setting = client.SetHandleStatAsync(handle, AttributesOf(request), cancellationToken);
        Task closing = client.CloseAsync(handle, cancellationToken);
        await Task.WhenAll(looking, syncing, setting, closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        SftpAttributes part = await looking.ConfigureAwait(false);
        if (part.SizeInBytes != request.SizeInBytes)
        {
            throw new VesselException(
                FailureKind.DataCorrupt, $"Could not publish {request.Destination} on {vessel.Name}, because {request.Part} has {part.SizeInBytes} bytes where {request.SizeInBytes} were acknowledged.");
        }

        await syncing.ConfigureAwait(false);
        await Task.WhenAll(setting, closing).ConfigureAwait(false);
    }

    private async Task<bool> SyncFileAsync(SftpClient client, PublishRequest request, CancellationToken cancellationToken)
    {
        SftpHandle handle;
        try
        {
            handle = await client.OpenAsync(request.Destination.Bytes, SftpOpenModes.Read, null, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpStatusException exception) when (exception.Status == SftpStatus.PermissionDenied)
        {
            return false;
        }

        await SyncHandleAsync(client, handle, request, cancellationToken).ConfigureAwait(false);
        await client.CloseAsync(handle, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task SyncHandleAsync(SftpClient client, SftpHandle handle, PublishRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await client.SyncAsync(handle, SyncPatience(settings.Timeout, request.SizeInBytes), cancellationToken).ConfigureAwait(false);
        }
        catch (SftpStatusException exception)
        {
            throw new VesselException(
                FailureKind.DataCorrupt, $"Could not publish {request.Destination} on {vessel.Name}, because fsync failed: {DisplayText.Escape(exception.Message)}", exception);
        }
    }

    private async Task<Moved> MoveIntoPlaceAsync(SftpClient client, PublishRequest request, bool replaces, CancellationToken cancellationToken)
    {
        bool directoryMade = false;
        try
        {
            try
            {
                await RenameAsync(client, request, replaces, cancellationToken).ConfigureAwait(false);
            }
            catch (SftpStatusException exception) when (exception.Status == SftpStatus.NoSuchFile && request.Part.Parent != request.Destination.Parent)
            {
                // The part was there a moment ago: so it is the destination's directory that is missing.
                await directories.MakeAsync(client, request.Destination.Parent, cancellationToken).ConfigureAwait(false);
                directoryMade = true;
                await RenameAsync(client, request, replaces, cancellationToken).ConfigureAwait(false);
            }

            bool syncs = vessel.Facts.CanSync || shell.SyncsFileSystems;
            return new Moved(Published with { Durable = syncs }, directoryMade);
        }
        catch (SftpStatusException exception) when (exception.Status == SftpStatus.Failure && request.Part.Parent != request.Destination.Parent)
        {
            return new Moved(new PublishOutcome(Done: false, Durable: false, OtherFileSystem: true, Failure: null), directoryMade);
        }
    }

    private async Task RenameAsync(SftpClient client, PublishRequest request, bool replaces, CancellationToken cancellationToken)
    {
        if (vessel.Facts.CanReplace)
        {
            await RenameLook.SeenAsync(client, vessel.Name, request, client.PosixRenameAsync(request.Part.Bytes, request.Destination.Bytes, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await ReplaceByHandAsync(client, request, replaces, cancellationToken).ConfigureAwait(false);
        }
    }

    // SFTP v3's own rename replaces nothing: there is a moment without the file, so the old content stays beside it until the new is there.
    // The ledger has booked Publishing before; a crash in here is settled by looking: the part is still there, so all is done again.
    private async Task ReplaceByHandAsync(SftpClient client, PublishRequest request, bool replaces, CancellationToken cancellationToken)
    {
        // Beside the destination wherever the part lies, so that whoever sweeps up after a break knows where it belongs.
        byte[] old = PartName.SetAside(PartName.Sibling(request.Destination, PartName.IdOf(request.Part)!)).Bytes;
        if (replaces)
        {
            // What an earlier try of this very file had set aside is older than what stands there now, and would be in the way for ever.
            await RemoveIfThereAsync(client, old, cancellationToken).ConfigureAwait(false);
            try
            {
                await client.RenameAsync(request.Destination.Bytes, old, cancellationToken).ConfigureAwait(false);
            }
            catch (SftpStatusException gone) when (gone.Status == SftpStatus.NoSuchFile)
            {
                // An earlier try whose connection was given up has just moved it, or somebody has removed it: there is nothing to be replaced.
                replaces = false;
            }
        }

        try
        {
            await RenameLook.SeenAsync(client, vessel.Name, request, client.RenameAsync(request.Part.Bytes, request.Destination.Bytes, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (replaces && failure is SftpStatusException or VesselException { Kind: FailureKind.Refused })
        {
            await client.RenameAsync(old, request.Destination.Bytes, cancellationToken).ConfigureAwait(false);
            throw;
        }

        await RemoveIfThereAsync(client, old, cancellationToken).ConfigureAwait(false);
    }

    private static async Task RemoveIfThereAsync(SftpClient client, byte[] file, CancellationToken cancellationToken)
    {
        if (await client.LinkStatAsync(file, cancellationToken).ConfigureAwait(false) is not null)
        {
            await client.RemoveAsync(file, cancellationToken).ConfigureAwait(false);
        }
    }

    // Opened while the files are made ready, so that one request is left when they are in their places. Null: not to be opened (yet).
    private async Task<OpenDirectory?> OpenDirectoryAsync(BytePath directory, CancellationToken cancellationToken)
    {
        if (!vessel.Facts.CanSync)
        {
            return null;
        }

        return await vessel.OnLaneAsync($"sync {directory}", lane => OpenDirectoryAsync(lane, directory, cancellationToken)).ConfigureAwait(false);
    }

    private async Task<OpenDirectory?> OpenDirectoryAsync(SshLane lane, BytePath directory, CancellationToken cancellationToken)
    {
        try
        {
            byte[] path = directory.IsEmpty ? Encoding.ASCII.GetBytes(".") : directory.Bytes;
            return vessel.Facts.CanSync ? new OpenDirectory(lane.Client, await lane.Client.OpenAsync(path, SftpOpenModes.Read, null, cancellationToken).ConfigureAwait(false)) : null;
        }
        catch (SftpStatusException)
        {
            // Some servers open no directories: then the order of the disk's own journal is all there is, and "durable" is not claimed.
            return null;
        }
    }

    private async Task<bool> SyncDirectoryAsync(BytePath directory, OpenDirectory? opened, CancellationToken cancellationToken)
    {
        opened = opened is { Client.Broken: null } ? opened : await OpenDirectoryAsync(directory, cancellationToken).ConfigureAwait(false);
        if (opened is null)
        {
            return false;
        }

        return await vessel.OnLaneAsync($"sync {directory}", async _ =>
        {
            Task syncing = opened.Client.SyncAsync(opened.Handle, SyncPatience(settings.Timeout, 0), cancellationToken);
            Task closing = opened.Client.CloseAsync(opened.Handle, cancellationToken);
            try
            {
                await Task.WhenAll(syncing, closing).ConfigureAwait(false);
                return true;
            }
            catch (SftpStatusException)
            {
                return false;
            }
        }).ConfigureAwait(false);
    }

    /// <param name="DirectoryMade">The destination's directory was gone: what was opened of it before is another.</param>
    private readonly record struct Moved(PublishOutcome Outcome, bool DirectoryMade);

    private sealed record OpenDirectory(SftpClient Client, SftpHandle Handle);
}
