using ContentMonster.Configuration;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Archiving;

/// <summary>
/// Deletes from processed/ what has lain there longer than ProcessedRetention. Age is the change time: the move into processed/ set it. What was changed
/// before the archive was ours (<see cref="ArchiveHold"/>) was not archived by the daemon, and stays.
/// </summary>
internal sealed class Retention(DirectorySettings directory, TimeSpan kept, ILedger ledger, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    // A look that is noted less exactly than that costs no commit.
    private static readonly TimeSpan NoteEvery = TimeSpan.FromMinutes(1);

    // Only RunAsync's own task touches it.
    private bool _toldOfLeft;

    /// <summary>What stays, however old: by its path below Location.</summary>
    public Func<BytePath, bool> Spares { get; init; } = static _ => false;

    /// <summary>Looks through processed/ about every tenth of the retention time, at least once an hour.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        TimeSpan pause = TimeSpan.FromTicks(Math.Clamp(kept.Ticks / 10, Shortest.Ticks, Longest.Ticks));
        while (true)
        {
            await LookAsync(cancellationToken).ConfigureAwait(false);
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        // Null: nothing goes there, or the archiver has not come to it yet.
        if (ArchiveHold.PlaceOf(directory) is not BytePath place || await ledger.HeldArchiveAsync(place, cancellationToken).ConfigureAwait(false) is not HeldArchive held)
        {
            return;
        }

        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset? doubtedAt = RetentionClock.DoubtedAt(held, kept, now);
        if (doubtedAt != held.DoubtedAt || held.LookedAt is not DateTimeOffset looked || (now - looked).Duration() >= NoteEvery)
        {
            await ledger.LookedThroughArchiveAsync(place, now, doubtedAt, cancellationToken).ConfigureAwait(false);
        }

        if (doubtedAt is null)
        {
            Sweep(held.SinceUnixNanoseconds, now, cancellationToken);
        }
        else if (doubtedAt == now)
        {
            logger.ClockDoubted(directory.Name, RetentionClock.Doubt(kept), now - held.LookedAt!.Value);
        }
    }

    private void Sweep(long since, DateTimeOffset now, CancellationToken cancellationToken)
    {
        long before = (now - kept).ToUnixTimeMilliseconds() * 1_000_000;
        (long Files, BytePath First) removed = default;
        (long Files, BytePath First) left = default;
        try
        {
            using ShoreRoot root = ShoreRoot.Open(directory.Location);
            string? trouble = ArchiveWalk.Each(
                root,
                BytePath.FromText(directory.ProcessedDir),
                (path, stamp) =>
                {
                    if (stamp.ChangedUnixNanoseconds >= before || Spares(path))
                    {
                        return;
                    }

                    if (stamp.ChangedUnixNanoseconds <= since)
                    {
                        left = (left.Files + 1, left.Files == 0 ? path : left.First);
                    }
                    else if (root.Delete(path, stamp))
                    {
                        removed = (removed.Files + 1, removed.Files == 0 ? path : removed.First);
                    }
                },
                cancellationToken);
            if (trouble is not null)
            {
                logger.NotRetired(directory.Name, trouble);
            }
        }
        catch (ShoreException exception)
        {
            logger.NotRetired(directory.Name, exception.Message);
        }
        finally
        {
            Tell(removed, left, since);
        }
    }

    private void Tell((long Files, BytePath First) removed, (long Files, BytePath First) left, long since)
    {
        if (removed.Files > 0)
        {
            logger.Retired(directory.Name, removed.Files, kept, removed.First);
        }

        if (left.Files > 0 && !_toldOfLeft)
        {
            _toldOfLeft = true;
            logger.LeftAlone(directory.Name, left.Files, DateTimeOffset.FromUnixTimeMilliseconds(since / 1_000_000), left.First);
        }
    }
}
