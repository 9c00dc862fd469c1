using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>
/// Which files of a visit, but small ones, were promised space: what is free on the vessel is not free twice. Without it two files that fit one by one would
/// fill the disk with what is unfinished of both, and neither could end. Where a disk is not known, files of one directory of the settings are taken to share one.
/// </summary>
internal sealed class RoomBook
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Shipment, RemoteSpace?> _admitted = []; // guarded by _gate

    /// <summary>Null: it fits beside what others under way still take, and is promised its space. Else what it takes and what others do.</summary>
    /// <param name="shipment">What asks.</param>
    /// <param name="space">As the vessel says; null: it does not tell, and the first write that fails does.</param>
    public (long Needed, long Promised)? Shortage(Shipment shipment, RemoteSpace? space)
    {
        lock (_gate)
        {
            long promised = (long)Math.Min(
                long.MaxValue, _admitted.Where(other => other.Key != shipment && ShareDisk((other.Key.Version.Directory, other.Value), (shipment.Version.Directory, space))).Sum(static other => (decimal)other.Key.BytesLeft));
            long needed = shipment.BytesLeft;
            if (space is { FreeBytes: var free } && free - promised < needed)
            {
                return (needed, promised);
            }

            _admitted[shipment] = space;
            return null;
        }
    }

    /// <summary>By the directory of the settings where a disk is not known.</summary>
    public static bool ShareDisk((string Directory, RemoteSpace? Space) one, (string Directory, RemoteSpace? Space) other) =>
        one.Space is { } known && other.Space is { } asked ? known.IsOnDiskOf(asked) : one.Directory == other.Directory;

    public void Leave(Shipment shipment)
    {
        lock (_gate)
        {
            _admitted.Remove(shipment);
        }
    }
}
