using ContentMonster.Archiving;
using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Vessels;

namespace ContentMonster.Daemon.Hosting;

/// <summary>
/// How long `run --once` waits: until all is delivered and archived, or until for each vessel that lacks something nothing has come through
/// for a minute (or nothing will without people); longer while a big file may be hashed or copied there. What attempts that broke have left on a
/// vessel has some seconds to be removed.
/// </summary>
internal sealed class Patience(ILedger ledger, IReadOnlyList<string> directories, ProgressBoard board, IReadOnlyList<VesselWorker> workers, IReadOnlyList<Archiver> archivers, TimeProvider time)
{
    private static readonly TimeSpan WithoutProgress = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ForArchiving = TimeSpan.FromSeconds(10);

    // A connection over a satellite, and some round trips.
    private static readonly TimeSpan ForSweeping = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);
    private readonly Dictionary<string, Standing> _seen = new(StringComparer.Ordinal);

    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (await AnyHopefulAsync(cancellationToken))
        {
            await Task.Delay(LookEvery, time, cancellationToken);
        }

        await WhileAsync(AnyToArchiveAsync, ForArchiving, () => archivers.Sum(static archiver => archiver.Handled), cancellationToken);
        await WhileAsync(AnyToSweepAsync, ForSweeping, static () => 0, cancellationToken);
    }

    // For as long as the number that tells of progress stands still.
    private async Task WhileAsync(Func<CancellationToken, Task<bool>> any, TimeSpan patience, Func<long> progress, CancellationToken cancellationToken)
    {
        long since = time.GetTimestamp();
        long before = progress();
        while (time.GetElapsedTime(since) < patience && await any(cancellationToken))
        {
            await Task.Delay(LookEvery, time, cancellationToken);
            long now = progress();
            if (now != before)
            {
                (before, since) = (now, time.GetTimestamp());
            }
        }
    }

    private async Task<bool> AnyHopefulAsync(CancellationToken cancellationToken)
    {
        LedgerTotals totals = await ledger.TotalsAsync(cancellationToken);
        bool hopeful = false;
        foreach (VesselTotals vessel in totals.Vessels.Where(vessel => vessel.WaitingFiles > 0))
        {
            VesselWorker? worker = workers.FirstOrDefault(one => one.Vessel == vessel.Vessel);
            hopeful |= worker is not null && !worker.HasGivenUp(WithoutProgress) && Moves(vessel);
        }

        return hopeful;
    }

    // Bytes acknowledged count as well as files: a big file on a slow link is no standstill. What a vessel loses and takes again is one: of a file more has to be
    // there than ever before. Not all that are active are shown singly; so many are small, and are told by their number.
    private bool Moves(VesselTotals vessel)
    {
        VesselSnapshot shown = board.Vessel(vessel.Vessel).Snapshot();
        Standing before = _seen.GetValueOrDefault(vessel.Vessel) ?? new Standing();
        bool moves = before.Files != vessel.WaitingFiles;
        if (moves)
        {
            _seen[vessel.Vessel] = before = new Standing { Files = vessel.WaitingFiles };
        }

        foreach (ActiveFile file in shown.Active)
        {
            if (file.AcknowledgedBytes > before.Most.GetValueOrDefault((file.Directory, file.File)))
            {
                before.Most[(file.Directory, file.File)] = file.AcknowledgedBytes;
                moves = true;
            }
        }

        if (moves)
        {
            before.Since = time.GetTimestamp();
            return true;
        }

        // What is done on the vessel itself moves no bytes: its own deadline, by size, ends what hangs there.
        long largest = shown.Active.Select(static file => file.SizeInBytes).DefaultIfEmpty().Max();
        return time.GetElapsedTime(before.Since) < PublishSteps.SyncPatience(WithoutProgress, largest);
    }

    private async Task<bool> AnyToSweepAsync(CancellationToken cancellationToken)
    {
        foreach (VesselWorker worker in workers)
        {
            if (await worker.IsSweepingAsync(cancellationToken))
            {
                return true;
            }
        }

        return false;
    }

    private async Task<bool> AnyToArchiveAsync(CancellationToken cancellationToken)
    {
        foreach (string directory in directories)
        {
            if ((await ledger.CompleteAsync(directory, 0, 1, cancellationToken)).Count > 0)
            {
                return true;
            }
        }

        return archivers.Any(archiver => !archiver.IsQuiet);
    }

    /// <summary>How far one vessel had come.</summary>
    private sealed class Standing
    {
        /// <summary>That waited then; -1: not looked at yet.</summary>
        public long Files { get; init; } = -1;

        public long Since { get; set; }

        /// <summary>Bytes of each file that the vessel has ever acknowledged since then.</summary>
        public Dictionary<(string Directory, string File), long> Most { get; } = [];
    }
}
