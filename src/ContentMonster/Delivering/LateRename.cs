using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>
/// What becomes of the renames of an earlier attempt, whose connection was given up before they were answered: the server may still carry them out, while
/// a new attempt is under way or after it. Known by the booking that precedes them.
/// </summary>
internal sealed class LateRename(ShipmentTools tools, Shipment shipment, Delivery delivery, WholeFile whole, BytePath destination)
{
    // As long as silence is borne by default: a server that is slower than that is most likely gone.
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);

    private bool MayCome => delivery.State == DeliveryState.Publishing;

    /// <summary>Whether the unfinished file is missing because the rename of the earlier attempt has just been done: then there is nothing to be sent again.</summary>
    public async Task<bool> WasFirstAsync(CancellationToken cancellationToken)
    {
        if (!MayCome || shipment.Layout is not { } layout || await tools.Vessel.LookAsync(layout.Sibling, cancellationToken).ConfigureAwait(false) is not null)
        {
            return false;
        }

        shipment.Layout = null;
        return await tools.Vessel.LookAsync(destination, cancellationToken).ConfigureAwait(false) is { Kind: RemoteKind.Regular } there
            && await whole.StandsThereAsync(there, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The file stands in its place. Where a replacement takes several steps the first of an earlier attempt could yet move it aside, as it was meant for the
    /// older content: it is given the time to, and what it moved is put back.
    /// </summary>
    /// <param name="sibling">The unfinished file beside the destination.</param>
    /// <param name="sweeps">Something of it may be left.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task SettleAsync(BytePath sibling, bool sweeps, CancellationToken cancellationToken)
    {
        if (sweeps)
        {
            await tools.Vessel.SweepAsync([sibling], cancellationToken).ConfigureAwait(false);
        }

        if (tools.Vessel.Facts.CanReplace || !MayCome)
        {
            return;
        }

        await Task.Delay(Wait, tools.Time, cancellationToken).ConfigureAwait(false);
        await tools.Vessel.SweepAsync([sibling], cancellationToken).ConfigureAwait(false);
        if (await tools.Vessel.LookAsync(destination, cancellationToken).ConfigureAwait(false) is null)
        {
            throw new VesselException(FailureKind.PartMissing, $"Could not publish {destination} on {tools.Vessel.Name}, because it was gone again soon afterwards.");
        }
    }
}
