using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>
/// What may be worked on. A delivery without a retry time is due; one whose retry time has come is made so by <see cref="Promote"/>, so that the
/// queue of a vessel is one range of one index, however many files have stepped back.
/// </summary>
internal static class Queueing
{
    private const int PromotionLimit = 10_000;

    private const string OneOf = $"""
        select {Columns.OfVersion}, q.state, q.part, q.failures, q.priority
        from delivery q join version v on v.id = q.version join directory d on d.id = v.directory left join version_hash h on h.version = v.id
        where q.version = ?1 and q.vessel = ?2
        """;

    private const string Ids = """
        select version from delivery indexed by delivery_due
        where vessel = ?1 and big = ?3 and state < 3 and retry_at is null order by priority desc, version limit ?2
        """;

    private const string ChunksOf = "select number, acknowledged, verified_boot from chunk where version = ?1 and vessel = ?2 order by number";

    private const string EarliestRetry = """
        select min(retry_at) from delivery indexed by delivery_retry where vessel = ?1 and state < 3 and retry_at is not null
        """;

    private const string PromoteDue = """
        update delivery set retry_at = null
        where vessel = ?1 and state < 3 and version in
            (select version from delivery indexed by delivery_retry
             where vessel = ?1 and state < 3 and retry_at is not null and retry_at <= ?2 order by retry_at limit ?3)
        """;

    public static List<Delivery> Next(LedgerConnection connection, string vessel, int count, IReadOnlySet<long> active, bool big)
    {
        if (count <= 0 || Names.Vessel(connection, vessel) is not { } vesselId)
        {
            return [];
        }

        // The ids alone come from the index: rows of those in work (with their hashes) are not even read.
        List<long> ids = connection.Rows(Ids, static row => row.GetInt64(0), vesselId, (long)count + active.Count, big ? 1 : 0);
        ids.RemoveAll(active.Contains);
        return ids.Take(count).Select(id => One(connection, vessel, vesselId, id)).ToList();
    }

    public static bool AnyToPromote(LedgerConnection connection, string vessel, DateTimeOffset now) => NextRetry(connection, vessel) <= now;

    public static DateTimeOffset? NextRetry(LedgerConnection connection, string vessel) =>
        Names.Vessel(connection, vessel) is { } id && connection.Number(EarliestRetry, id) is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;

    public static int Promote(LedgerConnection connection, string vessel, DateTimeOffset now)
    {
        long vesselId = Names.NeedVessel(connection, vessel);
        int promoted = connection.Execute(PromoteDue, vesselId, now.ToUnixTimeMilliseconds(), PromotionLimit);
        Sums.Book(connection, vesselId, new(SteppedBackFiles: -promoted));
        return promoted;
    }

    private static Delivery One(LedgerConnection connection, string vessel, long vesselId, long versionId)
    {
        Delivery delivery = connection.First(OneOf, row => Map(row, vessel), versionId, vesselId)!;
        return delivery.State == DeliveryState.Waiting
            ? delivery
            : delivery with { Chunks = connection.Rows(ChunksOf, static row => new ChunkProgress(row.GetInt32(0), row.GetInt64(1), Columns.Text(row, 2)), versionId, vesselId) };
    }

    private static Delivery Map(LedgerRow row, string vessel) => new()
    {
        Version = Columns.Version(row),
        Vessel = vessel,
        State = (DeliveryState)row.GetInt32(Columns.VersionCount),
        Part = Columns.MaybePath(row, Columns.VersionCount + 1),
        Failures = row.GetInt32(Columns.VersionCount + 2),
        Priority = row.GetInt32(Columns.VersionCount + 3),
    };
}
