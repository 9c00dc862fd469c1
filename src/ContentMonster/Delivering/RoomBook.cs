namespace ContentMonster.Delivering;

/// <summary>
/// Which big files of a visit were promised space: what is free on the vessel is not free twice. Without it two files that fit one by one would
/// fill the disk with what is unfinished of both, and neither could end. Files of one directory of the settings are taken to share a disk.
/// </summary>
internal sealed class RoomBook
{
    private readonly Lock _gate = new();
    private readonly HashSet<Shipment> _admitted = []; // guarded by _gate

    /// <summary>Null: it fits beside what others under way still take, and is promised its space. Else what it takes and what others do.</summary>
    /// <param name="shipment">What asks.</param>
    /// <param name="freeBytes">As the vessel says; null: it does not tell, and the first write that fails does.</param>
    public (long Needed, long Promised)? Shortage(Shipment shipment, long? freeBytes)
    {
        lock (_gate)
        {
            long promised = _admitted.Where(other => other != shipment && other.Version.Directory == shipment.Version.Directory).Sum(other => other.BytesLeft);
            long needed = shipment.BytesLeft;
            if (freeBytes is long free && free - promised < needed)
            {
                return (needed, promised);
            }

            _admitted.Add(shipment);
            return null;
        }
    }

    public void Leave(Shipment shipment)
    {
        lock (_gate)
        {
            _admitted.Remove(shipment);
        }
    }
}
