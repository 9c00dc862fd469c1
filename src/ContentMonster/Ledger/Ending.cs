using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>The end of a version that was not delivered everywhere: it changed, or it left the shore.</summary>
internal static class Ending
{
    private const string LeaveLitter = """
        insert or ignore into litter (vessel, part)
        select vessel, part from delivery where version = ?1 and state in (1, 2) and part is not null
        """;

    private const string ForgetChunks = "delete from chunk where version = ?1";

    private const string Unfinished = "select vessel, bytes_left, retry_at is not null from delivery where version = ?1 and state < 3";

    private const string WithdrawDeliveries = "update delivery set state = 4, part = null, retry_at = null where version = ?1 and state < 3";

    private const string StateOf = "select state from version where id = ?1 and state <= 2";

    private const string EndVersion = "update version set state = ?2, place = null, finished_at = ?3, missing = 0 where id = ?1";

    private const string ForgetChunkHashes = "update version_hash set chunk_hashes = null where version = ?1";

    private const string OfPath = "select id, state from version where directory = ?1 and path = ?2 and state in (0, 2) and state <= 2";

    /// <summary>Whether anything is there to withdraw.</summary>
    public static bool Any(LedgerConnection connection, string directory, IReadOnlyList<BytePath> paths) =>
        Names.Directory(connection, directory) is { } directoryId
        && paths.Any(path => connection.First(OfPath, static _ => true, directoryId, path.Bytes));

    /// <summary>Live or kept versions of these paths are gone. Returns how many live ones were.</summary>
    public static int Withdraw(LedgerConnection connection, string directory, IReadOnlyList<BytePath> paths, string reason, DateTimeOffset now)
    {
        int live = 0;
        if (Names.Directory(connection, directory) is not { } directoryId)
        {
            return live;
        }

        foreach (BytePath path in paths)
        {
            List<(long Id, VersionState State)> there = connection.Rows(
                OfPath, static row => (row.GetInt64(0), (VersionState)row.GetInt32(1)), directoryId, path.Bytes);
            foreach ((long id, VersionState state) in there)
            {
                End(connection, id, VersionState.Gone, HistoryEvent.Gone, reason, now);
                live += state == VersionState.Live ? 1 : 0;
            }
        }

        return live;
    }

    /// <summary>Archiving, live or kept to superseded; false where it is none of these any more.</summary>
    public static bool End(LedgerConnection connection, long versionId, VersionState to, string word, string? reason, DateTimeOffset now)
    {
        if (connection.Number(StateOf, versionId) is not { } before)
        {
            return false;
        }

        connection.Execute(EndVersion, versionId, (int)to, now.ToUnixTimeMilliseconds());
        Sums.AddLive(connection, (VersionState)before == VersionState.Live ? -1 : 0);

        connection.Execute(LeaveLitter, versionId);
        connection.Execute(ForgetChunks, versionId);
        foreach ((long vessel, VesselChange change) in connection.Rows(
            Unfinished, static row => (row.GetInt64(0), new VesselChange(-1, -row.GetInt64(1), -row.GetInt64(2))), versionId))
        {
            Sums.Book(connection, vessel, change);
        }

        connection.Execute(WithdrawDeliveries, versionId);
        connection.Execute(ForgetChunkHashes, versionId);
        HistoryEvent.Write(connection, now, word, versionId, null, reason);
        return true;
    }
}
