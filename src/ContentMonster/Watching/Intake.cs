using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Watching;

/// <summary>From files that were looked at to versions in the ledger: known, refused, not ready yet, or recorded.</summary>
internal sealed class Intake(WatchOrder order, ShoreRoot root, SettlingTable table, Refusals refusals)
{
    private readonly Stillness _stillness = new(order.Settings.SettleTime, root.KeepsChangeTime, order.Time);

    public Stillness Stillness => _stillness;

    /// <summary>Files were left out because the table is full: a later scan finds them.</summary>
    public bool LeftSomeOut { get; set; }

    /// <summary>What went wrong in a way that time may mend, since it was last taken.</summary>
    public string? Trouble { get; set; }

    /// <summary>Regular files, at most as many as the ledger takes at once, each with what was just seen.</summary>
    public async Task ConsiderAsync(IReadOnlyList<(SettlingFile File, ShoreLook Look)> seen, CancellationToken cancellationToken)
    {
        if (seen.Count == 0)
        {
            return;
        }

        bool[] known = await order.Ledger.KnownAsync(order.Name, [.. seen.Select(one => new SeenFile(one.File.Path, one.Look.Stamp))], cancellationToken)
            .ConfigureAwait(false);
        for (int i = 0; i < seen.Count; i++)
        {
            if (known[i])
            {
                table.Remove(seen[i].File.Path);
                await refusals.AdmitAsync(seen[i].File.Path, cancellationToken).ConfigureAwait(false);
            }
        }

        (List<SeenFile> ready, List<(BytePath, string)> refused) = Probe(seen, known);
        await refusals.RefuseAsync(refused, cancellationToken).ConfigureAwait(false);
        await RecordAsync(ready, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Looks again after so long; what has no place any more is left to a scan.</summary>
    public void Await(SettlingFile file, TimeSpan wait)
    {
        if (table.IsFull && !table.TryGet(file.Path, out _))
        {
            LeftSomeOut = true;
            return;
        }

        table.Await(file, order.Time.GetTimestamp() + (long)(wait.TotalSeconds * order.Time.TimestampFrequency));
    }

    private (List<SeenFile> Ready, List<(BytePath, string)> Refused) Probe(IReadOnlyList<(SettlingFile File, ShoreLook Look)> seen, bool[] known)
    {
        var ready = new List<SeenFile>();
        var refused = new List<(BytePath, string)>();
        root.HoldFolders();
        try
        {
            for (int i = 0; i < seen.Count; i++)
            {
                (SettlingFile file, ShoreLook look) = seen[i];
                if (known[i])
                {
                    continue;
                }

                string? reason = order.Territory.TooLong(file.Path) ?? Refusals.TooLarge(look.Stamp.SizeInBytes);
                if (reason is null && TryProbe(file, look, out reason))
                {
                    ready.Add(new(file.Path, look.Stamp));
                }
                else if (reason is not null)
                {
                    table.Remove(file.Path);
                    refused.Add((file.Path, reason));
                }
            }
        }
        finally
        {
            root.LetGoOfFolders();
        }

        return (ready, refused);
    }

    /// <summary>True: ready. False with a reason: refused. False without: later, or gone.</summary>
    private bool TryProbe(SettlingFile file, ShoreLook look, out string? reason)
    {
        reason = null;
        order.State.ComeRound();
        TimeSpan left = _stillness.Left(file, look);
        if (left > TimeSpan.Zero)
        {
            Await(file, left);
            return false;
        }

        WriterVerdict verdict;
        FileStamp now;
        try
        {
            (verdict, now) = root.Probe(file.Path);
        }
        catch (ShoreException trouble)
        {
            return Failed(file, trouble, out reason);
        }

        // A writer that came and went between the look and the lease.
        left = now == look.Stamp ? TimeSpan.Zero : _stillness.Left(file, look with { Stamp = now });
        TimeSpan leftAfter = _stillness.LeftAfter(file, verdict);
        left = left > leftAfter ? left : leftAfter;
        if (left > TimeSpan.Zero || now != look.Stamp)
        {
            Await(file, left);
            return false;
        }

        return true;
    }

    private bool Failed(SettlingFile file, ShoreException trouble, out string? reason)
    {
        reason = Refusals.Reason(trouble);
        switch (trouble.Failure)
        {
            case ShoreFailure.Missing:
                table.Remove(file.Path);
                break;
            case ShoreFailure.Busy:
                Await(file, _stillness.LeftAfter(file, WriterVerdict.Writing));
                break;
            default:
                if (reason is null)
                {
                    Trouble = trouble.Message;
                    Await(file, Stillness.Deferral(file));
                }

                break;
        }

        return false;
    }

    private async Task RecordAsync(List<SeenFile> ready, CancellationToken cancellationToken)
    {
        if (ready.Count == 0)
        {
            return;
        }

        IReadOnlyList<RecordOutcome> outcomes = await order.Ledger.RecordAsync(order.Name, ready, order.ChunkSizeInBytes, cancellationToken).ConfigureAwait(false);
        foreach (SeenFile file in ready)
        {
            table.Remove(file.Path);
            refusals.Forget(file.Path);
        }

        int fresh = outcomes.Count(outcome => outcome != RecordOutcome.Known);
        if (fresh > 0)
        {
            order.Logger.Recorded(order.Name, fresh, outcomes.Count(outcome => outcome == RecordOutcome.Superseding), ready[0].Path);
            order.Recorded();
        }
    }
}
