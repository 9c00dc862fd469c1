using ContentMonster.Configuration;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Archiving;

/// <summary>
/// One file's way out of its place. Implementation notes.
/// <para>What somebody has open for writing stays in place until it is closed. Where that cannot be told, moved files are looked at once more
/// after SettleTime (<see cref="LateWatch"/>), and `run --once` waits for that.</para>
/// <para>What is to be deleted is moved out of the way first, to a hidden name beside it: between a look and an unlink another file could take its
/// place, and would be gone unsent.</para>
/// </summary>
internal sealed class Departure(DirectorySettings directory, ILedger ledger, TimeProvider time, ILogger logger)
{
    private readonly BytePath _processed = BytePath.FromText(directory.ProcessedDir);
    private ShoreRoot _root = null!;

    /// <summary>Told of a file in place that is not the version that was sent.</summary>
    public Action<BytePath> Changed { get; set; } = static _ => { };

    /// <summary>What was moved, and is looked at once more.</summary>
    public LateWatch Late { get; } = new(directory, time, logger);

    /// <summary>What is where is not known of some that are booked: it has to be looked at once more.</summary>
    public bool Unsettled { get; set; } = true;

    /// <summary>Of those, with the reason, what could not be looked for since this was cleared.</summary>
    public List<(FileVersion Version, string Reason)> Lost { get; } = [];

    /// <summary>Where all that follows happens.</summary>
    public void From(ShoreRoot root) => _root = root;

    /// <summary>A rename moves the change time on most file systems: the rest must be the same, but for the device's number.</summary>
    public static bool IsSame(FileStamp moved, FileStamp sent) =>
        (moved.Inode, moved.SizeInBytes, moved.ModifiedUnixNanoseconds) == (sent.Inode, sent.SizeInBytes, sent.ModifiedUnixNanoseconds);

    public BytePath? PlaceFor(FileVersion version) => WayOf(version) switch
    {
        OnComplete.Move => ArchivePlace.Around(_processed.Join(version.Path), _processed, IsDirectory),
        OnComplete.Delete => PartName.Sibling(version.Path, PartName.NewId()),
        _ => null,
    };

    // What was kept once stays where it is, also when a vessel that came later has it.
    private OnComplete WayOf(FileVersion version) => version.WasKept ? OnComplete.Keep : directory.OnComplete;

    private bool? IsDirectory(BytePath path)
    {
        try
        {
            return _root.Look(path) is { } look ? look.Kind == ShoreEntryKind.Directory : null;
        }
        catch (ShoreException)
        {
            // Whoever moves something there is told why not.
            return null;
        }
    }

    /// <summary>Null: it was not archived, and that has been booked, or <see cref="Unsettled"/> says so.</summary>
    /// <param name="place">Booked for it.</param>
    /// <param name="settling">The last daemon, or the last attempt, ended in between.</param>
    /// <exception cref="ShoreException">It stays in place.</exception>
    public async Task<(BytePath? Place, ArchiveEnd End)?> FinishAsync(FileVersion version, BytePath? place, bool settling, HashSet<BytePath> touched, CancellationToken cancellationToken)
    {
        ShoreLook? look;
        try
        {
            look = _root.Look(version.Path);
            if (look is null || (settling && place is BytePath booked && _root.Look(booked) is { } moved && (IsHidden(booked) || IsSame(moved.Stamp, version.Stamp))))
            {
                return await AfterCrashAsync(version, place, touched, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (ShoreException trouble)
        {
            // It may lie in the place that is booked: that is kept.
            return Lose(version, trouble);
        }

        if (!look.Value.Stamp.IsAs(version.Stamp))
        {
            await ledger.SupersededAsync(version.Id, "changed after it was sent", cancellationToken).ConfigureAwait(false);
            Changed(version.Path);
            return null;
        }

        if (WayOf(version) == OnComplete.Keep)
        {
            return (null, ArchiveEnd.Kept);
        }

        if (place is not BytePath to || IsHidden(to) != (WayOf(version) == OnComplete.Delete) || !(IsHidden(to) || IsProcessed(to)))
        {
            // Booked under another OnComplete or ProcessedDir, before the last daemon died.
            to = PlaceFor(version)!.Value;
            await ledger.ArchivingAsync([(version.Id, to)], cancellationToken).ConfigureAwait(false);
        }

        return await MoveAsync(version, look.Value.Stamp, to, touched, cancellationToken).ConfigureAwait(false);
    }

    // Anywhere else it would be found as a new file, and sent again.
    private bool IsProcessed(BytePath place)
    {
        BytePath above = place.Parent;
        while (!above.IsEmpty && above != _processed)
        {
            above = above.Parent;
        }

        return !above.IsEmpty;
    }

    // A name that only what is to be deleted has.
    private static bool IsHidden(BytePath place) => PartName.IsSibling(place.Name.Span);

    private async Task<(BytePath? Place, ArchiveEnd End)?> MoveAsync(FileVersion version, FileStamp seen, BytePath place, HashSet<BytePath> touched, CancellationToken cancellationToken)
    {
        // Held from before to after: whoever opens it in between is seen as well, and by its old name nobody opens it any more.
        using ShoreFile? held = Hold(version.Path);
        if (WriterOf(held) == WriterVerdict.Writing)
        {
            throw new ShoreException(ShoreFailure.Busy, $"Could not archive {version.Path}, because a program has it open for writing: it stays until that program closes it.");
        }

        touched.Add(version.Path.Parent);
        if (await TryMoveAsync(version, place, cancellationToken).ConfigureAwait(false) is not BytePath taken)
        {
            // A full disk may have no room for another name, nor every file system for such a one: then it is deleted where it lies.
            if (_root.Delete(version.Path, seen))
            {
                return (null, ArchiveEnd.Deleted);
            }

            await ledger.SupersededAsync(version.Id, "changed before it was deleted", cancellationToken).ConfigureAwait(false);
            Changed(version.Path);
            return null;
        }

        KillPoint.Pass("moved");
        touched.Add(taken.Parent);
        return await EndMovedAsync(version, taken, held, cancellationToken).ConfigureAwait(false);
    }

    // Null: it cannot have that hidden name.
    private async Task<BytePath?> TryMoveAsync(FileVersion version, BytePath place, CancellationToken cancellationToken)
    {
        BytePath taken = place;
        try
        {
            for (int number = 1; !_root.Move(version.Path, taken); number++)
            {
                // Looked for without the ledger: a name that is used every day has hundreds of places taken.
                for (taken = Next(version, place, number); _root.Look(taken) is not null; taken = Next(version, place, ++number))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }

                // The place is booked before the file is there: a crash after the move finds it by this name.
                await ledger.ArchivingAsync([(version.Id, taken)], cancellationToken).ConfigureAwait(false);
            }

            return taken;
        }
        catch (ShoreException trouble) when (IsHidden(place) && trouble.Failure != ShoreFailure.Missing)
        {
            return null;
        }
    }

    private static BytePath Next(FileVersion version, BytePath place, int number) =>
        IsHidden(place) ? PartName.Sibling(version.Path, PartName.NewId()) : ArchivePlace.Numbered(place, number);

    private (BytePath? Place, ArchiveEnd End)? Lose(FileVersion version, ShoreException trouble)
    {
        Lost.Add((version, trouble.Message));
        Unsettled = true;
        return null;
    }

    private async Task<(BytePath? Place, ArchiveEnd End)?> EndMovedAsync(FileVersion version, BytePath taken, ShoreFile? held, CancellationToken cancellationToken)
    {
        try
        {
            // Asked before it is looked at: a writer that leaves in between has left its mark by then.
            WriterVerdict verdict = WriterOf(held);
            if (verdict != WriterVerdict.Writing && _root.Look(taken) is { } look && IsSame(look.Stamp, version.Stamp) && End(version, taken, look.Stamp, verdict) is { } end)
            {
                return end;
            }
        }
        catch (ShoreException trouble)
        {
            if (TryBack(taken, version.Path))
            {
                throw;
            }

            // It is looked for where it was moved to when the archiver comes round again.
            return Lose(version, trouble);
        }

        // It was another file by the time it was moved: back with it, as what it is, a new version.
        await PutBackAsync(version.Path, taken, version.Id, cancellationToken).ConfigureAwait(false);
        return null;
    }

    private bool TryBack(BytePath taken, BytePath path)
    {
        try
        {
            return _root.Move(taken, path);
        }
        catch (ShoreException)
        {
            return false;
        }
    }

    // Null: it changed in this moment.
    private (BytePath? Place, ArchiveEnd End)? End(FileVersion version, BytePath taken, FileStamp stamp, WriterVerdict verdict)
    {
        if (IsHidden(taken))
        {
            return _root.Delete(taken, stamp) ? (null, ArchiveEnd.Deleted) : null;
        }

        Late.Remember(version.Path, taken, stamp, doubtful: verdict != WriterVerdict.Free);
        return (taken, ArchiveEnd.Moved);
    }

    // Null: it cannot be opened, so nobody can tell who else has it open.
    private ShoreFile? Hold(BytePath path)
    {
        try
        {
            return _root.OpenFile(path);
        }
        catch (ShoreException)
        {
            return null;
        }
    }

    private WriterVerdict WriterOf(ShoreFile? held) => held is null || _root.IsNetworkFileSystem ? WriterVerdict.Unknown : held.ProbeWriter();

    private async Task PutBackAsync(BytePath path, BytePath taken, long versionId, CancellationToken cancellationToken)
    {
        if (_root.Move(taken, path))
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
        // A hidden name is ours alone: whatever lies there was moved by us.
        if (place is BytePath booked && _root.Look(booked) is { } look && (IsHidden(booked) || IsSame(look.Stamp, version.Stamp)))
        {
            touched.Add(version.Path.Parent);
            touched.Add(booked.Parent);
            if (IsHidden(booked) && directory.OnComplete != OnComplete.Delete && TryBack(booked, version.Path))
            {
                // It is not to be deleted any more: it goes the way of the new setting from its place.
                await ledger.SupersededAsync(version.Id, "put back, for OnComplete is no longer delete", cancellationToken).ConfigureAwait(false);
                Changed(version.Path);
                return null;
            }

            using ShoreFile? held = Hold(booked);
            return await EndMovedAsync(version, booked, held, cancellationToken).ConfigureAwait(false);
        }

        if (!LayHere(version))
        {
            return Lose(version, new(ShoreFailure.Missing, $"Could not find {version.Path}, because the file system that it lay on is not there: is it mounted?"));
        }

        if (WayOf(version) == OnComplete.Delete)
        {
            return (null, ArchiveEnd.Deleted);
        }

        if (_root.StillThere())
        {
            await ledger.SupersededAsync(version.Id, "taken away by somebody after it was sent", cancellationToken).ConfigureAwait(false);
        }
        else
        {
            // Nothing is known of a directory that is not there; it is looked for once more when the directory is back.
            Unsettled = true;
        }

        return null;
    }

    // An empty directory on another file system than the file's is what a disk leaves that was unmounted; our archive may have been made in it.
    private bool LayHere(FileVersion version)
    {
        BytePath above = version.Path.Parent;
        while (!above.IsEmpty && _root.Look(above) is null)
        {
            above = above.Parent;
        }

        return !_root.FilesHaveDeviceOfDirectory || _root.Look(above)?.Stamp.Device == version.Stamp.Device
            || _root.List(above).Any(entry => above.Join(entry.Name) != _processed);
    }
}
