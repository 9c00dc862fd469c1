using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Watching;

/// <summary>After a scan: whether what was refused still is there and still is refused.</summary>
internal sealed class RefusalReview(WatchOrder order, ShoreRoot root, Refusals refusals)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (BytePath path in refusals.AllAsync(cancellationToken).ConfigureAwait(false))
        {
            order.State.ComeRound();
            if (!StillRefused(path) && root.StillThere())
            {
                await refusals.AdmitAsync(path, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private bool StillRefused(BytePath path)
    {
        try
        {
            if (root.Look(path) is not { } look)
            {
                return false;
            }

            if (look.Kind == ShoreEntryKind.Directory)
            {
                return order.Territory.EntersFromAnywhere(path) && !CanBeListed(path);
            }

            if (!order.Territory.TakesFromAnywhere(path))
            {
                return false;
            }

            if (look.Kind != ShoreEntryKind.Regular || order.Territory.TooLong(path) is not null || Refusals.TooLarge(look.Stamp.SizeInBytes) is not null)
            {
                return true;
            }

            root.OpenFile(path).Dispose();
            return false;
        }
        catch (ShoreException trouble)
        {
            return trouble.Failure != ShoreFailure.Missing;
        }
    }

    private bool CanBeListed(BytePath directory)
    {
        foreach (ShoreEntry _ in root.List(directory))
        {
            break;
        }

        return true;
    }
}
