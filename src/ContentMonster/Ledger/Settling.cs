using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>How an attempt to deliver ended: published, or stepped back.</summary>
internal static class Settling
{
    private const string Unfinished = "select bytes_left, retry_at is not null from delivery where version = ?1 and vessel = ?2 and state < 3";

    private const string NoLongerMissing = "update version set missing = missing - 1 where id = ?1";

    private const string Publish = """
        update delivery set state = 3, part = null, retry_at = null, failures = 0, kind = null, error = null, error_at = null, bytes_left = 0,
            verified_by = ?3, durable = ?4, bytes_sent = ?5
        where version = ?1 and vessel = ?2
        """;

    private const string ForgetChunks = "delete from chunk where version = ?1 and vessel = ?2";

    private const string StepBack = """
        update delivery set failures = failures + ?7, kind = ?3, error = ?4, error_at = ?5, retry_at = ?6 where version = ?1 and vessel = ?2
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
        var sums = new Sums(connection);
        foreach (PublishedDelivery one in published)
        {
            if (one.Vessel != vessel)
            {
                (vessel, vesselId) = (one.Vessel, Names.NeedVessel(connection, one.Vessel));
            }

            if (Before(connection, one.VersionId, vesselId) is not { } before)
            {
                continue;
            }

            connection.Execute(Publish, one.VersionId, vesselId, (int)one.VerifiedBy, one.Durable, one.BytesSent);
            connection.Execute(NoLongerMissing, one.VersionId);
            connection.Execute(ForgetChunks, one.VersionId, vesselId);
            HistoryEvent.Write(connection, now, HistoryEvent.Published, one.VersionId, vesselId, Proof(one));
            sums.Add(vesselId, new(-1, -before.BytesLeft, -before.SteppedBack, PublishedFiles: 1, one.VerifiedBy == VerifiedBy.Nothing ? 1 : 0));
        }

        sums.Book();
    }

    public static void Failed(
        LedgerConnection connection, string vessel, long versionId, FailureKind kind, string message, DateTimeOffset retryAt, DateTimeOffset now) =>
        PutOff(connection, vessel, [versionId], kind, message, retryAt, now, failures: 1);

    public static void Postpone(
        LedgerConnection connection, string vessel, IReadOnlyList<long> versionIds, FailureKind kind, string message, DateTimeOffset retryAt, DateTimeOffset now) =>
        PutOff(connection, vessel, versionIds, kind, message, retryAt, now, failures: 0);

    public static void RetryNow(LedgerConnection connection, string? vessel)
    {
        foreach (long id in vessel is null ? connection.Rows(AllVessels, static row => row.GetInt64(0)) : [Names.NeedVessel(connection, vessel)])
        {
            Sums.Book(connection, id, new(SteppedBackFiles: -connection.Execute(DueAtOnce, id)));
        }
    }

    /// <summary>Failures from the future mean that the clock was put back since: nobody waits for a time that may be a day away.</summary>
    public static void RetryWhatFailedAfter(LedgerConnection connection, DateTimeOffset now)
    {
        foreach (long id in connection.Rows(AllVessels, static row => row.GetInt64(0)))
        {
            Sums.Book(connection, id, new(SteppedBackFiles: -connection.Execute(FailedLater, id, now.ToUnixTimeMilliseconds())));
        }
    }

    private static void PutOff(
        LedgerConnection connection,
        string vessel,
        IReadOnlyList<long> versionIds,
        FailureKind kind,
        string message,
        DateTimeOffset retryAt,
        DateTimeOffset now,
        int failures)
    {
        long vesselId = Names.NeedVessel(connection, vessel);
        long steppedBack = 0;
        foreach (long id in versionIds)
        {
            if (Before(connection, id, vesselId) is { } before)
            {
                connection.Execute(StepBack, id, vesselId, (int)kind, message, now.ToUnixTimeMilliseconds(), retryAt.ToUnixTimeMilliseconds(), failures);
                steppedBack += 1 - before.SteppedBack;
            }
        }

        Sums.Book(connection, vesselId, new(SteppedBackFiles: steppedBack));
    }

    /// <summary>Null: it is over already.</summary>
    private static (long BytesLeft, long SteppedBack)? Before(LedgerConnection connection, long versionId, long vesselId) =>
        connection.First(Unfinished, static row => ((long, long)?)(row.GetInt64(0), row.GetInt64(1)), versionId, vesselId);

    private static string? Proof(PublishedDelivery one) => (one.VerifiedBy, one.Durable) switch
    {
        (VerifiedBy.Nothing, true) => "unverified",
        (VerifiedBy.Nothing, false) => "unverified, durability unknown",
        (_, false) => "durability unknown",
        _ => null,
    };
}
