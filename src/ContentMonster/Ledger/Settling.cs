using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>How an attempt to deliver ended: published, or stepped back.</summary>
internal static class Settling
{
    private const string Publish = """
        update delivery set state = 3, part = null, retry_at = null, failures = 0, kind = null, error = null, error_at = null, bytes_left = 0,
            verified_by = ?3, durable = ?4, bytes_sent = ?5
        where version = ?1 and vessel = ?2 and state < 3
        """;

    private const string ForgetChunks = "delete from chunk where version = ?1 and vessel = ?2";

    private const string StepBack = """
        update delivery set failures = failures + 1, kind = ?3, error = ?4, error_at = ?5, retry_at = ?6
        where version = ?1 and vessel = ?2 and state < 3
        """;

    private const string Postponed = """
        update delivery set kind = ?3, error = ?4, error_at = ?5, retry_at = ?6 where version = ?1 and vessel = ?2 and state < 3
        """;

    private const string DueAtOnce = "update delivery set retry_at = null where vessel = ?1 and state < 3 and retry_at is not null";

    private const string FailedLater = """
        update delivery set retry_at = null where vessel = ?1 and state < 3 and retry_at is not null and error_at > ?2
        """;

    private const string AllVessels = "select id from vessel";

    public static void Published(LedgerConnection connection, IReadOnlyList<PublishedDelivery> published, DateTimeOffset now)
    {
        string? vessel = null;
        long vesselId = 0;
        foreach (PublishedDelivery one in published)
        {
            if (one.Vessel != vessel)
            {
                (vessel, vesselId) = (one.Vessel, Names.NeedVessel(connection, one.Vessel));
            }

            if (connection.Execute(Publish, one.VersionId, vesselId, (int)one.VerifiedBy, one.Durable, one.BytesSent) == 1)
            {
                connection.Execute(ForgetChunks, one.VersionId, vesselId);
                HistoryEvent.Write(connection, now, HistoryEvent.Published, one.VersionId, vesselId, Proof(one));
            }
        }
    }

    public static void Failed(
        LedgerConnection connection, string vessel, long versionId, FailureKind kind, string message, DateTimeOffset retryAt, DateTimeOffset now) =>
        connection.Execute(
            StepBack,
            versionId,
            Names.NeedVessel(connection, vessel),
            (int)kind,
            message,
            now.ToUnixTimeMilliseconds(),
            retryAt.ToUnixTimeMilliseconds());

    public static void Postpone(
        LedgerConnection connection, string vessel, IReadOnlyList<long> versionIds, FailureKind kind, string message, DateTimeOffset retryAt, DateTimeOffset now)
    {
        long vesselId = Names.NeedVessel(connection, vessel);
        foreach (long id in versionIds)
        {
            connection.Execute(Postponed, id, vesselId, (int)kind, message, now.ToUnixTimeMilliseconds(), retryAt.ToUnixTimeMilliseconds());
        }
    }

    public static void RetryNow(LedgerConnection connection, string? vessel)
    {
        foreach (long id in vessel is null ? connection.Rows(AllVessels, static row => row.GetInt64(0)) : [Names.NeedVessel(connection, vessel)])
        {
            connection.Execute(DueAtOnce, id);
        }
    }

    /// <summary>Failures from the future mean that the clock was put back since: nobody waits for a time that may be a day away.</summary>
    public static void RetryWhatFailedAfter(LedgerConnection connection, DateTimeOffset now)
    {
        foreach (long id in connection.Rows(AllVessels, static row => row.GetInt64(0)))
        {
            connection.Execute(FailedLater, id, now.ToUnixTimeMilliseconds());
        }
    }

    private static string? Proof(PublishedDelivery one) => (one.VerifiedBy, one.Durable) switch
    {
        (VerifiedBy.Nothing, true) => "unverified",
        (VerifiedBy.Nothing, false) => "unverified, durability unknown",
        (_, false) => "durability unknown",
        _ => null,
    };
}
