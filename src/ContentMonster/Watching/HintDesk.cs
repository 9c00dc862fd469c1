using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Watching;

/// <summary>Turns hints into things to look at: files into the settling table, directories into the scan, departures into withdrawals.</summary>
internal sealed class HintDesk(WatchOrder order, ShoreRoot root, SettlingTable table, Refusals refusals, Intake intake, TreeScan scan, Withdrawals withdrawals)
{
    // Half a minute.
    private const int LooksAtShut = 6;

    /// <summary>Hints were lost, so everything has to be looked at.</summary>
    public bool Lost { get; set; }

    public bool RootTouched { get; set; }

    public async Task ApplyAsync(List<Hint> hints, CancellationToken cancellationToken)
    {
        var gone = new List<BytePath>();
        foreach (Hint hint in hints)
        {
            if (hint.Kind is not (HintKind.Lost or HintKind.RootTouched or HintKind.DirectoryAppeared or HintKind.DirectoryGone) && PartName.IsSibling(hint.Path.Name.Span))
            {
                // An unfinished file, or one that the archiver is about to delete.
                continue;
            }

            switch (hint.Kind)
            {
                case HintKind.Lost:
                    Lost = true;
                    break;
                case HintKind.RootTouched:
                    RootTouched = true;
                    break;
                case HintKind.DirectoryAppeared:
                    Enter(hint.Path);
                    break;
                case HintKind.Gone or HintKind.DirectoryGone:
                    gone.Add(hint.Path);
                    if (hint.Kind == HintKind.DirectoryGone)
                    {
                        withdrawals.Sweep(hint.Path);
                    }

                    break;
                default:
                    Settle(hint);
                    break;
            }
        }

        await DepartAsync(gone, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Looks at files whose time has come.</summary>
    public async Task LookAgainAsync(List<SettlingFile> due, CancellationToken cancellationToken)
    {
        var seen = new List<(SettlingFile, ShoreLook)>();
        var refused = new List<(BytePath, string)>();
        foreach ((SettlingFile file, ShoreLook? look, bool later) in LookAt(due))
        {
            bool taken = order.Territory.TakesFromAnywhere(file.Path);
            if (later)
            {
                continue;
            }

            if (taken && look is { Kind: ShoreEntryKind.Regular } regular)
            {
                seen.Add((file, regular));
                continue;
            }

            table.Remove(file.Path);
            if (look is { Kind: ShoreEntryKind.Directory })
            {
                Enter(file.Path);
            }
            else if (taken && look is { } other && Refusals.Reason(other.Kind) is { } reason)
            {
                refused.Add((file.Path, reason));
            }
        }

        await refusals.RefuseAsync(refused, cancellationToken).ConfigureAwait(false);
        await withdrawals.WithdrawAsync([.. refused.Select(one => one.Item1)], "replaced by something that is not sent", cancellationToken).ConfigureAwait(false);
        await intake.ConsiderAsync(seen, cancellationToken).ConfigureAwait(false);
    }

    private List<(SettlingFile File, ShoreLook? Look, bool Later)> LookAt(List<SettlingFile> due)
    {
        root.HoldFolders();
        try
        {
            return due.ConvertAll(file => (file, LookAt(file, out bool later), later));
        }
        finally
        {
            root.LetGoOfFolders();
        }
    }

    private ShoreLook? LookAt(SettlingFile file, out bool later)
    {
        later = false;
        order.State.ComeRound();
        try
        {
            ShoreLook? look = root.Look(file.Path);
            file.Unseen = false;
            return look;
        }
        catch (ShoreException trouble)
        {
            // Without permission to look, the directory above is what is refused, by the scan; but it may be shut for a moment only.
            bool passes = Refusals.Reason(trouble) is null;
            intake.Trouble = passes ? trouble.Message : intake.Trouble;
            file.Unseen = true;
            later = passes || (trouble.Failure == ShoreFailure.PermissionDenied && file.Deferrals < LooksAtShut);
            if (later)
            {
                intake.Await(file, Stillness.Deferral(file));
            }

            return null;
        }
    }

    private bool IsDirectory(BytePath path)
    {
        try
        {
            return root.Look(path) is { Kind: ShoreEntryKind.Directory };
        }
        catch (ShoreException)
        {
            // The next scan tells.
            return false;
        }
    }

    private void Enter(BytePath directory)
    {
        if (order.Territory.EntersFromAnywhere(directory))
        {
            scan.Add(directory);
        }

        scan.TellOldArchive(directory);
    }

    private void Settle(Hint hint)
    {
        if (!order.Territory.TakesFromAnywhere(hint.Path))
        {
            // Not every source knows whether it speaks of a file or of a directory.
            if (hint.Kind == HintKind.Touched && order.Territory.EntersFromAnywhere(hint.Path) && IsDirectory(hint.Path))
            {
                Enter(hint.Path);
            }

            return;
        }

        bool isNew = !table.TryGet(hint.Path, out SettlingFile? file);
        file ??= new(hint.Path, order.Time.GetTimestamp());
        if (hint.Kind == HintKind.Closed)
        {
            file.Closed = true;
            file.Modified = false;
            file.Writing = false;
            file.Deferrals = 0;
            file.Changes = 0;
            file.Stamp = null;
            file.Since = order.Time.GetTimestamp();
        }
        else if (hint.Kind == HintKind.Made)
        {
            file.Modified |= isNew;
        }

        if (isNew && !root.KeepsChangeTime)
        {
            // Without a change time to go by, only two looks can tell that it stood still.
            file.Stamp = LookAt(file, out _)?.Stamp;
        }

        // A stream of changes must not put off the look that tells whether somebody still writes.
        TimeSpan wait = intake.Stillness.WaitFor(file);
        long due = order.Time.GetTimestamp() + (long)(wait.TotalSeconds * order.Time.TimestampFrequency);
        if (isNew || hint.Kind == HintKind.Closed || due < file.Due)
        {
            intake.Await(file, wait);
        }
    }

    private async Task DepartAsync(List<BytePath> paths, CancellationToken cancellationToken)
    {
        IReadOnlyList<BytePath> gone = withdrawals.Gone(paths);
        foreach (BytePath path in gone)
        {
            // Most are not even known to either: only of those that are it matters whether something else stands in their place.
            if ((table.TryGet(path, out _) || refusals.MayHold(path)) && withdrawals.IsEmpty(path))
            {
                table.Remove(path);
                await refusals.AdmitAsync(path, cancellationToken).ConfigureAwait(false);
            }
        }

        await withdrawals.DepartAsync(gone, cancellationToken).ConfigureAwait(false);
    }
}
