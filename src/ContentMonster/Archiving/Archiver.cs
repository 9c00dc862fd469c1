using ContentMonster.Configuration;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Archiving;

/// <summary>
/// Takes files that all vessels have out of the way: one archiver a directory. Implementation notes.
/// <para>Order: booked as archiving with its place, moved without replacing anything, looked at again, both directories made durable,
/// booked as archived. A crash at any line is settled at the next start by looking at both places.</para>
/// <para>All goes through the held directory (<see cref="ShoreRoot"/>): a parent swapped for a link leads nowhere.</para>
/// <para>What somebody has open for writing stays in place until it is closed. Where that cannot be told, moved files are looked at once more
/// after SettleTime, and `run --once` waits for that.</para>
/// <para>What is to be deleted is moved out of the way first, to a hidden name beside it: between a look and an unlink another file could take its
/// place, and would be gone unsent.</para>
/// </summary>
internal sealed class Archiver(DirectorySettings directory, ILedger ledger, TimeProvider time, ILogger logger)
{
    private const int MostAtOnce = 1000;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(50);
    private readonly BytePath _processed = BytePath.FromText(directory.ProcessedDir);

    // Only RunAsync's own task touches these.
    private readonly LateWatch _late = new(directory, time, logger);
    private readonly ArchiveNews _news = new(directory, logger);
    private readonly LeftOut _leftOut = new(time, LookAgain);
    private ShoreRoot? _root;
    private bool _settled;

    /// <summary>Rings when a delivery was booked, or a directory came back.</summary>
    public Bell Work { get; } = new();

    /// <summary>Told of a file in place that is not the version that was sent.</summary>
    public Action<BytePath> Changed { get; init; } = static _ => { };

    /// <summary>True while nothing is being archived and no moved file is still being watched that somebody may have open for writing.</summary>
    public bool IsQuiet { get; private set; }

    /// <summary>Until the token ends it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Its disk may be slow: whoever starts it does not wait for that.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            while (true)
            {
                IsQuiet = false;
                if (Reach())
                {
                    await SettleAsync(cancellationToken).ConfigureAwait(false);
                    await ArchiveAllAsync(cancellationToken).ConfigureAwait(false);
                    _late.Look(_root!);
                }

                IsQuiet = _late.Doubtful == 0;
                TimeSpan patience = new[] { _late.Left, _leftOut.Left, LookAgain }.Min();
                await Work.WaitAsync(patience > ShortestWait ? patience : ShortestWait, time, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            // Begun again after trouble with the ledger it must open the directory anew: the number of a closed descriptor may be anybody's by then.
            _root?.Dispose();
            _root = null;
            _settled = false;
        }
    }

    /// <summary>A rename moves the change time on most file systems: the rest must be the same, but for the device's number.</summary>
    public static bool IsSame(FileStamp moved, FileStamp sent) =>
        (moved.Inode, moved.SizeInBytes, moved.ModifiedUnixNanoseconds) == (sent.Inode, sent.SizeInBytes, sent.ModifiedUnixNanoseconds);

    // Booked as archiving and not as archived: the last daemon ended in between. What is where tells how far it had come.
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        if (_settled)
        {
            return;
        }

        // Before the work: what cannot be settled now says so by taking this back.
        _settled = true;
        foreach ((FileVersion version, BytePath? place) in await ledger.UnderArchivingAsync(directory.Name, cancellationToken).ConfigureAwait(false))
        {
            await FinishAsync([(version, place)], settling: true, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ArchiveAllAsync(CancellationToken cancellationToken)
    {
        long after = 0;
        _leftOut.BeginPass();
        while (true)
        {
            IReadOnlyList<FileVersion> complete = await ledger.CompleteAsync(directory.Name, after, MostAtOnce, cancellationToken).ConfigureAwait(false);
            if (complete.Count == 0)
            {
                _leftOut.EndPass();
                return;
            }

            after = complete[^1].Id;
            (FileVersion Version, BytePath? Place)[] planned = [.. complete.Where(version => !_leftOut.Holds(version.Id)).Select(version => (version, PlaceFor(version)))];
            if (planned.Length == 0)
            {
                continue;
            }

            try
            {
                await ledger.ArchivingAsync([.. planned.Select(one => (one.Version.Id, one.Place))], cancellationToken).ConfigureAwait(false);
            }
            catch (LedgerStateException)
            {
                // One of them was superseded since it was read: the list is read again.
                after = 0;
                continue;
            }

            await FinishAsync(planned, settling: false, cancellationToken).ConfigureAwait(false);
        }
    }

    private BytePath? PlaceFor(FileVersion version) => directory.OnComplete switch
    {
        OnComplete.Move => ArchivePlace.Around(_processed.Join(version.Path), _processed, IsDirectory),
        OnComplete.Delete => PartName.Sibling(version.Path, PartName.NewId()),
        _ => null,
    };

    private bool? IsDirectory(BytePath path)
    {
        try
        {
            return _root!.Look(path) is { } look ? look.Kind == ShoreEntryKind.Directory : null;
        }
        catch (ShoreException)
        {
            // Whoever moves something there is told why not.
            return null;
        }
    }

    private async Task FinishAsync(IReadOnlyList<(FileVersion Version, BytePath? Place)> planned, bool settling, CancellationToken cancellationToken)
    {
        var ended = new List<(FileVersion Version, BytePath? Place, ArchiveEnd End)>();
        var touched = new HashSet<BytePath>();
        var failed = new List<(BytePath Path, string Reason)>();
        _root!.HoldFolders();
        try
        {
            foreach ((FileVersion version, BytePath? place) in planned)
            {
                if (await TryFinishAsync(version, place, settling, touched, failed, cancellationToken).ConfigureAwait(false) is { } end)
                {
                    ended.Add((version, end.Place, end.End));
                }
            }
        }
        finally
        {
            _root.LetGoOfFolders();
            _news.Tell(failed);
        }

        if (!TrySync(touched))
        {
            // Not durable, so not booked: they are looked for where they were moved to, once more, when the archiver comes round again.
            _settled = false;
            return;
        }

        // Crash here: moved and not booked; the next start finds it in its place and books it.
        await ledger.ArchivedAsync([.. ended.Select(one => (one.Version.Id, one.End))], cancellationToken).ConfigureAwait(false);
        _news.Tell(ended);
    }

    // Null: it was not archived, and that has been booked.
    private async Task<(BytePath? Place, ArchiveEnd End)?> TryFinishAsync(
        FileVersion version, BytePath? place, bool settling, HashSet<BytePath> touched, List<(BytePath Path, string Reason)> failed, CancellationToken cancellationToken)
    {
        try
        {
            return await FinishOneAsync(version, place, settling, touched, cancellationToken).ConfigureAwait(false);
        }
        catch (ShoreException exception)
        {
            _leftOut.Add(version.Id);
            failed.Add((version.Path, exception.Message));
            await ledger.ArchiveFailedAsync(version.Id, exception.Message, cancellationToken).ConfigureAwait(false);
            return null;
        }
    }

    private async Task<(BytePath? Place, ArchiveEnd End)?> FinishOneAsync(FileVersion version, BytePath? place, bool settling, HashSet<BytePath> touched, CancellationToken cancellationToken)
    {
        ShoreLook? look = _root!.Look(version.Path);
        if (look is null || (settling && IsAt(place, version)))
        {
            return await AfterCrashAsync(version, place, touched, cancellationToken).ConfigureAwait(false);
        }

        if (!look.Value.Stamp.IsAs(version.Stamp))
        {
            await ledger.SupersededAsync(version.Id, "changed after it was sent", cancellationToken).ConfigureAwait(false);
            Changed(version.Path);
            return null;
        }

        return directory.OnComplete == OnComplete.Keep
            ? (null, ArchiveEnd.Kept)
            : await MoveAsync(version, place ?? PlaceFor(version)!.Value, touched, cancellationToken).ConfigureAwait(false);
    }

    private bool IsAt(BytePath? place, FileVersion version) => place is BytePath booked && _root!.Look(booked) is { } look && IsSame(look.Stamp, version.Stamp);

    private async Task<(BytePath? Place, ArchiveEnd End)?> MoveAsync(FileVersion version, BytePath place, HashSet<BytePath> touched, CancellationToken cancellationToken)
    {
        // Held from before to after: whoever opens it in between is seen as well, and by its old name nobody opens it any more.
        using ShoreFile? held = Hold(version.Path);
        if (WriterOf(held) == WriterVerdict.Writing)
        {
            throw new ShoreException(ShoreFailure.Busy, $"Could not archive {version.Path}, because a program has it open for writing: it stays until that program closes it.");
        }

        BytePath taken = place;
        for (int number = 1; !_root!.Move(version.Path, taken); number++)
        {
            // Looked for without the ledger: a name that is used every day has hundreds of places taken.
            for (taken = ArchivePlace.Numbered(place, number); _root.Look(taken) is not null; taken = ArchivePlace.Numbered(place, ++number))
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            // The place is booked before the file is there: a crash after the move finds it by this name.
            await ledger.ArchivingAsync([(version.Id, taken)], cancellationToken).ConfigureAwait(false);
        }

        KillPoint.Pass("moved");
        touched.Add(version.Path.Parent);
        touched.Add(taken.Parent);

        // Asked before it is looked at: a writer that leaves in between has left its mark by then.
        WriterVerdict verdict = WriterOf(held);
        if (verdict != WriterVerdict.Writing && _root.Look(taken) is { } look && IsSame(look.Stamp, version.Stamp) && End(version, taken, look.Stamp, verdict) is { } end)
        {
            return end;
        }

        // It was another file by the time it was moved: back with it, as what it is, a new version.
        await PutBackAsync(version.Path, taken, version.Id, cancellationToken).ConfigureAwait(false);
        return null;
    }

    // Null: it changed in this moment.
    private (BytePath? Place, ArchiveEnd End)? End(FileVersion version, BytePath taken, FileStamp stamp, WriterVerdict verdict)
    {
        if (PartName.IsSibling(taken.Name.Span))
        {
            return _root!.Delete(taken, stamp) ? (null, ArchiveEnd.Deleted) : null;
        }

        _late.Remember(version.Path, taken, stamp, doubtful: verdict != WriterVerdict.Free);
        return (taken, ArchiveEnd.Moved);
    }

    // Null: it cannot be opened, so nobody can tell who else has it open.
    private ShoreFile? Hold(BytePath path)
    {
        try
        {
            return _root!.OpenFile(path);
        }
        catch (ShoreException)
        {
            return null;
        }
    }

    private WriterVerdict WriterOf(ShoreFile? held) => held is null || _root!.IsNetworkFileSystem ? WriterVerdict.Unknown : held.ProbeWriter();

    private async Task PutBackAsync(BytePath path, BytePath taken, long versionId, CancellationToken cancellationToken)
    {
        if (_root!.Move(taken, path))
        {
            logger.PutBack(directory.Name, path);
        }
        else
        {
            logger.WrittenLate(directory.Name, taken);
        }

        await ledger.SupersededAsync(versionId, "changed while it was archived", cancellationToken).ConfigureAwait(false);
    }

    // The source is not there. Either it was moved (or deleted) by us before a crash, or somebody else took it away after it was sent.
    private async Task<(BytePath? Place, ArchiveEnd End)?> AfterCrashAsync(FileVersion version, BytePath? place, HashSet<BytePath> touched, CancellationToken cancellationToken)
    {
        if (place is BytePath booked && _root!.Look(booked) is { } look && IsSame(look.Stamp, version.Stamp))
        {
            touched.Add(version.Path.Parent);
            touched.Add(booked.Parent);
            if (End(version, booked, look.Stamp, WriterVerdict.Unknown) is { } end)
            {
                return end;
            }
        }

        // A hidden name is ours alone: what else came to lie there was moved by us.
        if (place is BytePath hidden && PartName.IsSibling(hidden.Name.Span) && _root!.Look(hidden) is not null)
        {
            await PutBackAsync(version.Path, hidden, version.Id, cancellationToken).ConfigureAwait(false);
            return null;
        }

        if (directory.OnComplete == OnComplete.Delete)
        {
            return (null, ArchiveEnd.Deleted);
        }

        if (_root!.StillThere())
        {
            await ledger.SupersededAsync(version.Id, "taken away by somebody after it was sent", cancellationToken).ConfigureAwait(false);
        }
        else
        {
            // Nothing is known of a directory that is not there; it is looked for once more when the directory is back.
            _settled = false;
        }

        return null;
    }

    private bool TrySync(HashSet<BytePath> directories)
    {
        bool durable = true;
        foreach (BytePath one in directories)
        {
            try
            {
                _root!.Sync(one);
            }
            catch (ShoreException exception) when (exception.Failure == ShoreFailure.Missing)
            {
                // Somebody tidied up the emptied directory meanwhile: there is nothing in it that could come back.
            }
            catch (ShoreException exception)
            {
                logger.NotArchived(directory.Name, one, exception.Message);
                durable = false;
            }
        }

        return durable;
    }

    private bool Reach()
    {
        try
        {
            if (_root is not null && _root.StillThere())
            {
                return true;
            }

            _root?.Dispose();
            _root = null;
            _root = ShoreRoot.Open(directory.Location);
            _leftOut.Clear();
            return true;
        }
        catch (ShoreException)
        {
            // The watcher says that the directory is missing; files wait until it is back.
            return false;
        }
    }
}
