using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>Removes unfinished files from a vessel that nobody needs any more, by the names that the ledger holds.</summary>
internal sealed class Sweeper(IVessel vessel, VesselOffice office, LaneCrew crew)
{
    private const int MostAtOnce = 200;

    // More than that fail alike: the others would, too.
    private const int MostLeftOut = 2_000;

    /// <summary>One round; whether anything was removed. Parts that a shipment still works on are left for a later one, those that cannot be removed for a much later one.</summary>
    public async Task<bool> SweepAsync(IReadOnlySet<BytePath> inUse, CancellationToken cancellationToken)
    {
        LeftOut<BytePath> unswept = office.Unswept;
        unswept.BeginPass();
        IReadOnlyList<BytePath> litter = unswept.Count >= MostLeftOut ? []
            : await office.Ledger.LitterAsync(vessel.Name, MostAtOnce + inUse.Count + unswept.Count, cancellationToken).ConfigureAwait(false);
        litter = [.. litter.Where(part => !inUse.Contains(part) && !vessel.Owns(part) && !unswept.Holds(part) && !office.Hanging.Holds(part))];
        if (litter.Count == 0)
        {
            office.CannotSweep = unswept.Count > 0;
            return false;
        }

        IReadOnlyDictionary<BytePath, VesselException> left = await RemoveAsync(litter, cancellationToken).ConfigureAwait(false);

        // What the link broke off is tried again soon, the rest later and later.
        foreach (BytePath part in left.Where(static one => !one.Value.IsOfTheLink).Select(static one => one.Key))
        {
            unswept.Add(part);
        }

        unswept.EndPass();
        office.CannotSweep = left.Count == litter.Count && !left.Values.Any(BrokeOff);
        if (left.Count + unswept.Count == 0)
        {
            office.ToldUnswept.Clear();
        }

        return left.Count < litter.Count;
    }

    /// <summary>
    /// One round in TempDirs that the settings name no more, when nothing else is to be done; whether anything was removed. One that is out of reach, or
    /// hangs, is left alone until the daemon is started again.
    /// </summary>
    public async Task<bool> LeaveAsync(CancellationToken cancellationToken)
    {
        if (office.LeavesAlone)
        {
            return false;
        }

        IReadOnlyList<BytePath> left = await office.Ledger.LeftBehindAsync(vessel.Name, MostAtOnce, cancellationToken).ConfigureAwait(false);
        if (left.Count == 0)
        {
            return false;
        }

        // Taken back only by success: a link that is lost meanwhile may have been lost for that.
        (office.IsLeaving, office.LeavesAlone) = (true, true);
        try
        {
            bool swept = (await RemoveAsync(left, cancellationToken).ConfigureAwait(false)).Count == 0;
            office.LeavesAlone = !swept;
            return swept;
        }
        finally
        {
            office.IsLeaving = false;
        }
    }

    // Those that are still there. Why is told once, until all can be removed again.
    private async Task<IReadOnlyDictionary<BytePath, VesselException>> RemoveAsync(IReadOnlyList<BytePath> litter, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<BytePath, VesselException> left = await TryAsync(litter, cancellationToken).ConfigureAwait(false);
        if (left.Values.Any(BrokeOff))
        {
            // Only a lane broke: over another one, before anything new is begun there.
            left = await TryAsync(litter, cancellationToken).ConfigureAwait(false);
        }

        if (left.Count < litter.Count)
        {
            await office.Ledger.SweptAsync(vessel.Name, [.. litter.Where(part => !left.ContainsKey(part))], cancellationToken).ConfigureAwait(false);
        }

        foreach (VesselException reason in left.Values.DistinctBy(static one => one.Kind).Where(one => office.ToldUnswept.Add(one.Kind)))
        {
            office.Logger.NotSwept(vessel.Name, reason.Message);
        }

        return left;
    }

    private async Task<IReadOnlyDictionary<BytePath, VesselException>> TryAsync(IReadOnlyList<BytePath> litter, CancellationToken cancellationToken)
    {
        try
        {
            return await vessel.SweepAsync(litter, cancellationToken).ConfigureAwait(false);
        }
        catch (VesselException exception) when (!exception.IsOfTheLink || crew.AnyOpen)
        {
            return litter.ToDictionary(static part => part, _ => exception);
        }
    }

    private static bool BrokeOff(VesselException failure) => failure.Kind is FailureKind.ConnectionLost or FailureKind.Stalled;
}
