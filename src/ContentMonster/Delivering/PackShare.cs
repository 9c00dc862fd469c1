namespace ContentMonster.Delivering;

/// <summary>
/// Tells the files of one archive how far it has come, each in proportion: what waits for movement (`run --once`) and what asks whether a link carried
/// anything see a pack as they see a file sent alone.
/// </summary>
/// <param name="shipments">Of the pack, among them those that are not in the archive.</param>
/// <param name="packed">Version ids in the archive.</param>
internal sealed class PackShare(IReadOnlyList<Shipment> shipments, IReadOnlySet<long> packed)
{
    private readonly Shipment[] _shipments = [.. shipments.Where(shipment => packed.Contains(shipment.Version.Id))];

    // Only the lane that carries the archive calls this; there is one at a time.
    public void Acknowledged(long ofArchive, long length)
    {
        double share = (double)ofArchive / length;
        foreach (Shipment shipment in _shipments)
        {
            shipment.Packed((long)(shipment.Version.Stamp.SizeInBytes * share));
        }
    }
}
