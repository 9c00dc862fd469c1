using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>A delivery between its first byte and its publication.</summary>
internal static class Sending
{
    private const string StateOf = "select state, part from delivery where version = ?1 and vessel = ?2";

    private const string Start = "update delivery set state = 1, part = ?3 where version = ?1 and vessel = ?2 and state = 0";

    private const string AnyLitter = "select exists (select 1 from litter where vessel = ?1)";

    private const string NoLitterAnyMore = "delete from litter where vessel = ?1 and part = ?2";

    private const string Acknowledged = "select acknowledged from chunk where version = ?1 and vessel = ?2 and number = ?3";

    private const string PutChunk = """
        insert into chunk (version, vessel, number, acknowledged, verified_boot) values (?1, ?2, ?3, ?4, ?5)
        on conflict (version, vessel, number) do update set acknowledged = excluded.acknowledged, verified_boot = excluded.verified_boot
        """;

    private const string MoveOn = "update delivery set bytes_left = bytes_left - ?3 where version = ?1 and vessel = ?2 and state in (1, 2)";

    private const string ForgetChunks = "delete from chunk where version = ?1 and vessel = ?2";

    private const string BytesDone = """
        select v.size - q.bytes_left from delivery q join version v on v.id = q.version where q.version = ?1 and q.vessel = ?2 and q.state in (1, 2)
        """;

    private const string BackToWaiting = """
        update delivery set state = 0, part = null, bytes_left = bytes_left + ?3 where version = ?1 and vessel = ?2
        """;

    private const string BeginPublishing = "update delivery set state = 2 where version = ?1 and vessel = ?2 and state in (1, 2)";

    // Looks through all versions, for those that are over are in no index by path: it is asked for only without any hash on the vessel, of a file whose rename
    // was under way when its connection broke.
    private const string Lookalike = """
        select exists (select 1 from version one join version other on other.directory = one.directory and other.path = one.path and other.id <> one.id
                       where one.id = ?1 and other.size = one.size and other.modified / 1000000000 = one.modified / 1000000000)
        """;

    private const string PutHashes = """
        insert into version_hash (version, sha256, chunk_hashes) select id, ?2, ?3 from version where id = ?1 and state <= 2
        on conflict (version) do update set sha256 = excluded.sha256, chunk_hashes = coalesce(excluded.chunk_hashes, chunk_hashes)
        """;

    public static void Hashed(LedgerConnection connection, long versionId, byte[] sha256, byte[]? chunkHashes) =>
        connection.Execute(PutHashes, versionId, sha256, chunkHashes);

    public static IReadOnlySet<long> Begin(LedgerConnection connection, string vessel, IReadOnlyList<(long VersionId, BytePath Part)> started)
    {
        long vesselId = Names.NeedVessel(connection, vessel);
        bool anyLitter = connection.Number(AnyLitter, vesselId) == 1;
        var unwanted = new HashSet<long>();
        foreach ((long version, BytePath part) in started)
        {
            if (connection.Execute(Start, version, vesselId, part.Bytes) == 1)
            {
                if (anyLitter)
                {
                    connection.Execute(NoLitterAnyMore, vesselId, part.Bytes);
                }

                continue;
            }

            (DeliveryState state, BytePath? booked) = Now(connection, vesselId, version);
            if (state is DeliveryState.Published or DeliveryState.Withdrawn)
            {
                unwanted.Add(version);
                continue;
            }

            // Started before under another name (the answer to that was lost): what lies under the old name is nobody's now.
            if (booked != part)
            {
                Reset(connection, vesselId, version);
                anyLitter = true;
            }

            connection.Execute(Start, version, vesselId, part.Bytes);
            connection.Execute(NoLitterAnyMore, vesselId, part.Bytes);
        }

        return unwanted;
    }

    public static bool IsWanted(LedgerConnection connection, string vessel, long versionId) =>
        Now(connection, Names.NeedVessel(connection, vessel), versionId).State is not (DeliveryState.Published or DeliveryState.Withdrawn);

    public static bool HasLookalike(LedgerConnection connection, long versionId) => connection.Number(Lookalike, versionId) == 1;

    public static void SaveProgress(LedgerConnection connection, string vessel, long versionId, IReadOnlyList<ChunkProgress> chunks)
    {
        long vesselId = Names.NeedVessel(connection, vessel);
        if (Now(connection, vesselId, versionId).State is not (DeliveryState.Sending or DeliveryState.Publishing))
        {
            return;
        }

        long moved = 0;
        foreach (ChunkProgress chunk in chunks)
        {
            moved += chunk.AcknowledgedBytes - (connection.Number(Acknowledged, versionId, vesselId, chunk.Number) ?? 0);
            connection.Execute(PutChunk, versionId, vesselId, chunk.Number, chunk.AcknowledgedBytes, chunk.VerifiedBootId);
        }

        if (moved != 0)
        {
            connection.Execute(MoveOn, versionId, vesselId, moved);
            Sums.Book(connection, vesselId, new(WaitingBytes: -moved));
        }
    }

    public static void Restart(LedgerConnection connection, string vessel, long versionId) =>
        Reset(connection, Names.NeedVessel(connection, vessel), versionId);

    public static IReadOnlySet<long> Publishing(LedgerConnection connection, string vessel, IReadOnlyList<long> versionIds)
    {
        long vesselId = Names.NeedVessel(connection, vessel);
        var unwanted = new HashSet<long>();
        foreach (long version in versionIds)
        {
            if (connection.Execute(BeginPublishing, version, vesselId) == 0)
            {
                unwanted.Add(version);
            }
        }

        return unwanted;
    }

    /// <summary>A delivery that the ledger does not have is not wanted.</summary>
    private static (DeliveryState State, BytePath? Part) Now(LedgerConnection connection, long vesselId, long versionId)
    {
        List<(DeliveryState, BytePath?)> there = connection.Rows(
            StateOf, static row => ((DeliveryState)row.GetInt32(0), Columns.MaybePath(row, 1)), versionId, vesselId);
        return there.Count == 0 ? (DeliveryState.Withdrawn, null) : there[0];
    }

    private static void Reset(LedgerConnection connection, long vesselId, long versionId)
    {
        BytePath? part = Now(connection, vesselId, versionId).Part;
        if (connection.Number(BytesDone, versionId, vesselId) is not { } done)
        {
            return;
        }

        connection.Execute(BackToWaiting, versionId, vesselId, done);
        Sums.Book(connection, vesselId, new(WaitingBytes: done));
        connection.Execute(ForgetChunks, versionId, vesselId);
        if (part is { } name)
        {
            Sweeping.Littered(connection, vesselId, name);
        }
    }
}
