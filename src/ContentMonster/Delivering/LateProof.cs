using ContentMonster.Model;
using ContentMonster.Planning;

namespace ContentMonster.Delivering;

/// <summary>The chunks of a file that are not hashed on the vessel as they arrive, but all together at the end; see <see cref="ProofPlan"/>.</summary>
internal sealed class LateProof(ShipmentTools tools, Shipment shipment, SourceBook source)
{
    private int _taken;
    private bool _isOver; // written when no chunk is under way

    private FileVersion Version => shipment.Version;

    /// <summary>Whether a chunk that has arrived is left to the end; then it is kept in mind, and all that follow are. Called by many at once.</summary>
    public bool Takes()
    {
        if (_isOver || !Version.IsBig || shipment.Layout!.InPieces || tools.Vessel.Facts.Proof != VerifiedBy.RemoteHash
            || (Volatile.Read(ref _taken) == 0 && !tools.Vessel.Facts.ProofPlan.Waits(Version.Stamp.SizeInBytes, tools.Progress.BytesPerSecond(), tools.Vessel.Facts.RoundTrip)))
        {
            return false;
        }

        source.BeginWhole();
        Interlocked.Increment(ref _taken);
        return true;
    }

    /// <summary>
    /// All chunks have arrived. Returns those that have to be proved each for itself: all where the whole has another hash, for then those proved before
    /// are in doubt as well; those that were taken, where they were few. From now on none is taken.
    /// </summary>
    public async Task<int[]> SettleAsync(WholeFile whole, CancellationToken cancellationToken)
    {
        int taken = _taken;
        (_taken, _isOver) = (0, true);
        if (taken == 0)
        {
            return [];
        }

        string bootId = tools.Vessel.Facts.BootId;
        if (taken > Version.ChunkCount / 2)
        {
            if (await whole.HasItsHashAsync(shipment.Layout!.Whole, cancellationToken).ConfigureAwait(false))
            {
                for (int chunk = 0; chunk < Version.ChunkCount; chunk++)
                {
                    shipment.Verified(chunk, bootId);
                }

                return [];
            }

            shipment.Doubt();
        }

        return [.. Enumerable.Range(0, Version.ChunkCount).Where(chunk => !shipment.IsVerified(chunk, bootId))];
    }
}
