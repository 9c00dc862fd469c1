using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>Removes unfinished files from a vessel that nobody needs any more, by the names that the ledger holds.</summary>
internal sealed class Sweeper(IVessel vessel, VesselOffice office, LaneCrew crew)
{
    private const int MostAtOnce = 200;

    /// <summary>One round; whether anything was removed. Parts that a shipment still works on are left for a later one.</summary>
    public async Task<bool> SweepAsync(IReadOnlySet<BytePath> inUse, CancellationToken cancellationToken)
    {
        IReadOnlyList<BytePath> litter = await office.Ledger.LitterAsync(vessel.Name, MostAtOnce + inUse.Count, cancellationToken).ConfigureAwait(false);
        litter = [.. litter.Where(part => !inUse.Contains(part) && !vessel.Owns(part))];
        return litter.Count > 0 && await SweepAsync(litter, cancellationToken).ConfigureAwait(false);
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
        office.LeavesAlone = true;
        bool swept = await SweepAsync(left, cancellationToken).ConfigureAwait(false);
        office.LeavesAlone = !swept;
        return swept;
    }

    private async Task<bool> SweepAsync(IReadOnlyList<BytePath> litter, CancellationToken cancellationToken)
    {
        try
        {
            await vessel.SweepAsync(litter, cancellationToken).ConfigureAwait(false);
            await office.Ledger.SweptAsync(vessel.Name, litter, cancellationToken).ConfigureAwait(false);
            office.CannotSweep = false;
            return true;
        }
        catch (VesselException exception) when (!exception.IsOfTheLink || crew.AnyOpen)
        {
            office.CannotSweep = true;
            office.Logger.NotSwept(vessel.Name, exception.Message);
            return false;
        }
    }
}
