using ContentMonster.Configuration;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Archiving;

/// <summary>
/// Books since when the archive is ours, before the first file is moved there: what lies there by then is somebody else's. The move gives a file a new change
/// time (ext4, xfs, btrfs, tmpfs and overlayfs do so), and nobody can put that back.
/// </summary>
internal sealed class ArchiveHold(DirectorySettings directory, ILedger ledger, TimeProvider time)
{
    // The kernel writes change times by a clock that goes in steps, and is some milliseconds behind.
    private static readonly TimeSpan KernelsStep = TimeSpan.FromSeconds(1);

    // Only the archiver's own task touches it.
    private bool _taken;

    /// <summary>The archive's whole path; null: no file goes there.</summary>
    public static BytePath? PlaceOf(DirectorySettings directory) =>
        directory.OnComplete == OnComplete.Move ? BytePath.FromText(directory.Location.TrimEnd('/') + "/" + directory.ProcessedDir) : null;

    public async Task TakeAsync(ShoreRoot root, CancellationToken cancellationToken)
    {
        if (_taken || PlaceOf(directory) is not BytePath place)
        {
            return;
        }

        if (await ledger.HeldArchiveAsync(place, cancellationToken).ConfigureAwait(false) is null)
        {
            BytePath processed = BytePath.FromText(directory.ProcessedDir);
            await ledger.HoldArchiveAsync(directory.Name, place, processed, Since(root, processed, cancellationToken), cancellationToken).ConfigureAwait(false);
        }

        _taken = true;
    }

    // The newest that lies there, too: the clock may be behind by years until somebody sets it.
    private long Since(ShoreRoot root, BytePath processed, CancellationToken cancellationToken)
    {
        long since = (time.GetUtcNow() - KernelsStep).ToUnixTimeMilliseconds() * 1_000_000;
        try
        {
            ArchiveWalk.Each(root, processed, (_, stamp) => since = Math.Max(since, stamp.ChangedUnixNanoseconds), cancellationToken);
        }
        catch (ShoreException)
        {
            // Whoever moves something there is told why not.
        }

        return since;
    }
}
