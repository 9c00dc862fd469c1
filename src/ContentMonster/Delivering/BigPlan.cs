using ContentMonster.Model;

namespace ContentMonster.Delivering;

/// <summary>
/// How many files that are not small are under way at once to one vessel: a few, or more while they are not much together, so that the lanes have work while
/// the vessel proves and publishes; and beside them those that are more urgent, which the others then let go first, piece by piece.
/// </summary>
internal static class BigPlan
{
    private const int AtOnce = 3;
    private const long BytesAtOnce = 128 << 20;
    private const int MostAtOnce = 128;
    private const int Overtaking = 3;
    private const int AtATurn = 16;

    /// <summary>So many are to be looked at.</summary>
    public static int Room(IReadOnlyList<Shipment> underWay) =>
        Fits(underWay.Count, BytesOf(underWay)) ? Math.Min(AtATurn, MostAtOnce - underWay.Count) : Overtakers(underWay) < Overtaking ? 1 : 0;

    /// <summary>Which of them are begun.</summary>
    /// <param name="next">In the order of the queue.</param>
    /// <param name="underWay">That are not small.</param>
    public static IReadOnlyList<Delivery> Choose(IReadOnlyList<Delivery> next, IReadOnlyList<Shipment> underWay)
    {
        var chosen = new List<Delivery>();
        long bytes = BytesOf(underWay);
        foreach (Delivery delivery in next)
        {
            bool urgent = underWay.Count > 0 && delivery.Priority > underWay.Max(static shipment => shipment.Priority) && Overtakers(underWay) + chosen.Count < Overtaking;
            if (Fits(underWay.Count + chosen.Count, bytes) || urgent)
            {
                chosen.Add(delivery);
                bytes += delivery.Version.Stamp.SizeInBytes;
            }
        }

        return chosen;
    }

    private static bool Fits(int count, long bytes) => count < AtOnce || (bytes < BytesAtOnce && count < MostAtOnce);

    // Whole, however much of them is there: one that is being proved still takes its room and its memory.
    private static long BytesOf(IReadOnlyList<Shipment> underWay) => underWay.Sum(static shipment => shipment.Version.Stamp.SizeInBytes);

    private static int Overtakers(IReadOnlyList<Shipment> underWay) =>
        underWay.Count == 0 ? 0 : underWay.Count(shipment => shipment.Priority > underWay.Min(static one => one.Priority));
}
