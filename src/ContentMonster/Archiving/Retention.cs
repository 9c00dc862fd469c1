using ContentMonster.Configuration;
using ContentMonster.Model;
using ContentMonster.Shore;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Archiving;

/// <summary>Deletes from processed/ what has lain there longer than ProcessedRetention. Age is the change time: the move into processed/ set it.</summary>
internal sealed class Retention(DirectorySettings directory, TimeSpan kept, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    /// <summary>Looks through processed/ about every tenth of the retention time, at least once an hour.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        TimeSpan pause = TimeSpan.FromTicks(Math.Clamp(kept.Ticks / 10, Shortest.Ticks, Longest.Ticks));
        while (true)
        {
            Sweep(cancellationToken);
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Sweep(CancellationToken cancellationToken)
    {
        try
        {
            using ShoreRoot root = ShoreRoot.Open(directory.Location);
            BytePath processed = BytePath.FromText(directory.ProcessedDir);
            if (root.Look(processed) is not { Kind: ShoreEntryKind.Directory })
            {
                return;
            }

            long before = (time.GetUtcNow() - kept).ToUnixTimeMilliseconds() * 1_000_000;
            long removed = 0;
            string? trouble = null;
            var pending = new Stack<BytePath>([processed]);
            while (pending.TryPop(out BytePath at))
            {
                removed += TrySweep(root, at, before, pending, ref trouble, cancellationToken);
            }

            if (trouble is not null)
            {
                logger.NotRetired(directory.Name, trouble);
            }

            if (removed > 0)
            {
                logger.Retired(directory.Name, removed, kept);
            }
        }
        catch (ShoreException exception)
        {
            logger.NotRetired(directory.Name, exception.Message);
        }
    }

    // One directory that cannot be read keeps nothing else.
    private static long TrySweep(ShoreRoot root, BytePath at, long before, Stack<BytePath> pending, ref string? trouble, CancellationToken cancellationToken)
    {
        long removed = 0;
        try
        {
            foreach (ShoreEntry entry in root.List(at))
            {
                cancellationToken.ThrowIfCancellationRequested();
                BytePath path = at.Join(entry.Name);
                if (entry.Kind == ShoreEntryKind.Directory)
                {
                    pending.Push(path);
                }
                else if (root.Look(path) is { Kind: ShoreEntryKind.Regular } look && look.Stamp.ChangedUnixNanoseconds < before && root.Delete(path, look.Stamp))
                {
                    removed++;
                }
            }
        }
        catch (ShoreException exception)
        {
            trouble ??= exception.Message;
        }

        return removed;
    }
}
