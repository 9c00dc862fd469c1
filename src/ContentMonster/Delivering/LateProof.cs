using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>
/// The chunks of a file that are not hashed on the vessel as they arrive, but all together at the end; see <see cref="ProofPlan"/>. The vessel reads faster than
/// bytes arrive: so it begins a little before the end, where it will hardly come to what is not there yet. If it does, the hash is wrong, and it is asked for once more.
/// Not so where bytes are sent that may be there already, from an attempt that broke: the hash could be right before they are written once more, and that go wrong.
/// </summary>
internal sealed class LateProof(ShipmentTools tools, Shipment shipment, SourceBook source, WholeFile whole)
{
    // The first moments say little about how fast the rest will come.
    private static readonly TimeSpan LeastMeasured = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();

    // Guarded by _gate while chunks are under way.
    private bool _isOver;
    private int _taken;
    private int _arrived; // so many chunks from the file's beginning
    private (long Time, long Left) _first;
    private bool _begun;

    private volatile bool _sentTwice;

    // Written by the one that began; read when no chunk is under way.
    private Task<bool>? _early;

    /// <summary>What is asked of the vessel before the end; to be awaited, whatever becomes of it, before the source is let go of.</summary>
    public Task Asked => _early ?? Task.CompletedTask;

    private FileVersion Version => shipment.Version;

    /// <summary>Whether a chunk that has arrived is left to the end; then it is kept in mind, and all that follow are. Called by many at once.</summary>
    /// <param name="mayBeRead">The file is the one that all chunks are in: no lane can make it anew any more.</param>
    /// <param name="cancellationToken">Ends what is asked of the vessel early.</param>
    public bool Takes(bool mayBeRead, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_isOver || !Version.IsBig || shipment.Layout!.InPieces || tools.Vessel.Facts.Proof != VerifiedBy.RemoteHash
                || (_taken == 0 && !tools.Vessel.Facts.ProofPlan.Waits(Version.Stamp.SizeInBytes, tools.Progress.BytesPerSecond(), tools.Vessel.Facts.RoundTrip)))
            {
                return false;
            }

            source.BeginWhole();
            if (_taken++ == 0)
            {
                _first = (tools.Time.GetTimestamp(), shipment.BytesLeft);
            }

            if (_begun || _sentTwice || !mayBeRead || !IsNearTheEnd())
            {
                return true;
            }

            _begun = true;
        }

        _early = whole.HashMatchesAsync(shipment.Layout!.Whole, cancellationToken);
        return true;
    }

    /// <summary>Something of the file is sent now.</summary>
    /// <param name="again">And was, perhaps, before.</param>
    public void Sends(bool again) => _sentTwice |= again;

    /// <summary>
    /// All chunks have arrived. Returns those that have to be proved each for itself: all where the whole has another hash, for then those proved before
    /// are in doubt as well; those that were taken, where they were few. From now on none is taken.
    /// </summary>
    public async Task<int[]> SettleAsync(CancellationToken cancellationToken)
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
            shipment.Show("verifying");
            if (await MatchedEarlyAsync(cancellationToken).ConfigureAwait(false) || await whole.HashMatchesAsync(shipment.Layout!.Whole, cancellationToken).ConfigureAwait(false))
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

    private async Task<bool> MatchedEarlyAsync(CancellationToken cancellationToken)
    {
        try
        {
            return _early is not null && await _early.WaitAsync(cancellationToken).ConfigureAwait(false) && !_sentTwice;
        }
        catch (VesselException)
        {
            // As good as wrong: it is asked for once more, and if that fails, too, it is told.
            return false;
        }
    }

    private bool IsNearTheEnd()
    {
        while (_arrived < Version.ChunkCount && shipment.Acknowledged(_arrived) == Version.LengthOfChunk(_arrived))
        {
            _arrived++;
        }

        TimeSpan measured = tools.Time.GetElapsedTime(_first.Time);
        long left = shipment.BytesLeft;
        return measured >= LeastMeasured && left > 0
            && tools.Vessel.Facts.ProofPlan.BeginsEarly(_arrived * Version.ChunkSizeInBytes, left, (_first.Left - left) / measured.TotalSeconds);
    }
}
