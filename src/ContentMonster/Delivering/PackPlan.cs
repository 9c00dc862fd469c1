using ContentMonster.Model;

namespace ContentMonster.Delivering;

/// <summary>Which small files travel together: those of one directory, in the order of the queue.</summary>
internal static class PackPlan
{
    /// <summary>Fewer go one by one: what a pack costs on the vessel would not be won back.</summary>
    public const int LeastFiles = 8;

    // The header of one and the rest of its last block take 1 KiB at the most: so they take no more than half of what the bytes may.
    private const long LeastBytesAFile = 2 << 10;

    // A handful left over goes with the pack before: one by one they may take longer than all the rest.
    private const long MostCrumbBytes = 128 << 10;

    /// <param name="deliveries">Of one vessel.</param>
    /// <param name="wanted">Packs that may be under way at once, 1 or more: into about so many they are cut, so that several lanes have work.</param>
    /// <param name="mostBytes">File bytes of one pack.</param>
    /// <param name="may">Whether a delivery may go packed as far as the vessel is concerned.</param>
    public static (IReadOnlyList<IReadOnlyList<Delivery>> Packs, IReadOnlyList<Delivery> Alone) Split(
        IReadOnlyList<Delivery> deliveries, int wanted, long mostBytes, Func<Delivery, bool> may)
    {
        var packs = new List<IReadOnlyList<Delivery>>();
        ILookup<bool, Delivery> fit = deliveries.ToLookup(delivery => may(delivery) && PackBuilder.Takes(delivery));
        var alone = new List<Delivery>(fit[false]);
        long most = Math.Clamp(fit[true].Sum(delivery => delivery.Version.Stamp.SizeInBytes) / wanted, PackBuilder.LeastBytes, mostBytes);
        foreach (var place in fit[true].GroupBy(delivery => VesselOffice.PlaceOf(delivery.Version)))
        {
            List<Delivery>? before = null;
            foreach (List<Delivery> pack in Cut(place, most, MostFiles(mostBytes)))
            {
                if (pack.Count >= LeastFiles)
                {
                    packs.Add(before = pack);
                }
                else if (before is not null && before.Count + pack.Count <= MostFiles(mostBytes) && BytesOf(before) + BytesOf(pack) <= mostBytes + MostCrumbBytes)
                {
                    before.AddRange(pack);
                }
                else
                {
                    alone.AddRange(pack);
                }
            }
        }

        return (packs, alone);
    }

    /// <summary>Of one pack of so many file bytes at the most.</summary>
    public static int MostFiles(long mostBytes) => (int)Math.Min(mostBytes / LeastBytesAFile, PackBuilder.MostFiles);

    private static long BytesOf(List<Delivery> pack) => pack.Sum(static delivery => delivery.Version.Stamp.SizeInBytes);

    private static IEnumerable<List<Delivery>> Cut(IEnumerable<Delivery> place, long most, int mostFiles)
    {
        var pack = new List<Delivery>();
        long bytes = 0;
        int nameBytes = 0;
        foreach (Delivery delivery in place)
        {
            long size = delivery.Version.Stamp.SizeInBytes;
            int name = delivery.Version.Path.Name.Span.Length;
            if (pack.Count == mostFiles || (pack.Count > 0 && (bytes + size > most || nameBytes + name > PackBuilder.MostNameBytes)))
            {
                yield return pack;
                (pack, bytes, nameBytes) = ([], 0, 0);
            }

            pack.Add(delivery);
            bytes += size;
            nameBytes += name;
        }

        if (pack.Count > 0)
        {
            yield return pack;
        }
    }
}
