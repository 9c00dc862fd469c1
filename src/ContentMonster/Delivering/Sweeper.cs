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
        if (litter.Count == 0)
        {
            return false;
        }

        try
        {
            await vessel.SweepAsync(litter, cancellationToken).ConfigureAwait(false);
            await office.Ledger.SweptAsync(vessel.Name, litter, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (VesselException exception) when (!exception.IsOfTheLink || crew.AnyOpen)
        {
            office.Logger.NotSwept(vessel.Name, exception.Message);
            return false;
        }
    }
}
