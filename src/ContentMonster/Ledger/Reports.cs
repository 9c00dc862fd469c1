using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>What people ask the ledger; the same for the daemon and for a reader beside it.</summary>
internal static class Reports
{
    private const string Shore = "select live_files, refused_files, archived_files from shore";

    private const string Vessels = """
        select name, waiting_files, waiting_bytes, stepped_back_files, published_files, unverified_files,
            note_state, note_kind, note_error, note_error_at, note_next_attempt
        from vessel where declared order by id
        """;

    private const string MissingVersions = $"""
        select {Columns.OfVersion} from version v indexed by version_missing
        join directory d on d.id = v.directory left join version_hash h on h.version = v.id
        where v.state = 0 and v.missing > 0 order by v.id limit ?1
        """;

    private const string MissingOf = """
        select n.name, q.state, v.size - q.bytes_left, q.kind, q.error, q.retry_at
        from delivery q join vessel n on n.id = q.vessel join version v on v.id = q.version
        where q.version = ?1 and q.state < 3 order by q.vessel
        """;

    private const string Refusals = """
        select d.name, r.path, r.reason, r.since from refusal r join directory d on d.id = r.directory order by r.directory, r.path limit ?1
        """;

    // Looks only at what is everywhere and not archived: little, unless archiving fails.
    private const string NotArchived = """
        select id, directory, path, archive_error from version v indexed by version_complete
        where state = 0 and missing = 0 and archive_error is not null and exists (select 1 from taker where directory = v.directory)
        union all
        select id, directory, path, archive_error from version indexed by version_archiving where state = 1 and archive_error is not null
        """;

    private const string UnarchivedVersions = $"""
        select d.name, v.path, v.archive_error from ({NotArchived}) v join directory d on d.id = v.directory order by v.directory, v.id limit ?1
        """;

    private const string CountUnarchived = $"select count(*) from ({NotArchived})";

    private const string Latest = """
        select h.at, h.event, d.name, v.path, n.name, v.size, h.text
        from history h join version v on v.id = h.version join directory d on d.id = v.directory left join vessel n on n.id = h.vessel
        order by h.id desc limit ?1
        """;

    private const string LatestOf = """
        select h.at, h.event, d.name, v.path, n.name, v.size, h.text
        from history h join version v on v.id = h.version join directory d on d.id = v.directory left join vessel n on n.id = h.vessel
        where h.version in (select value from json_each(?1)) order by h.id desc limit ?2
        """;

    private const string VersionsOf = "select v.id from version v join directory d on d.id = v.directory where d.name = ?1 and v.path = ?2";

    private const string VersionsIn = "select v.id, v.path from version v join directory d on d.id = v.directory where d.name = ?1";

    private const string Waiting = "select count(*) from version where id in (select value from json_each(?1)) and state = 0 and missing > 0";

    private const string AllParts = """
        select n.name, q.part from delivery q join vessel n on n.id = q.vessel where q.state < 3 and q.part is not null
        union all
        select n.name, l.part from litter l join vessel n on n.id = l.vessel
        """;

    private const string Takers = "select d.name, v.name from taker t join directory d on d.id = t.directory join vessel v on v.id = t.vessel order by t.vessel, t.directory";

    // In two halves, each a range of an index.
    private const string WaitingOf = $"select (select count(*) {OfPair} and q.retry_at is null) + (select count(*) {OfPair} and q.retry_at is not null)";

    private const string OfPair = """
        from delivery q join version v on v.id = q.version
        where q.vessel = (select id from vessel where name = ?2) and v.directory = (select id from directory where name = ?1) and q.state < 3
        """;

    public static string? ShoreId(LedgerConnection connection) => connection.First("select shore_id from shore", static row => row.GetString(0));

    public static string? SqliteVersion(LedgerConnection connection) => connection.First("select sqlite_version()", static row => row.GetString(0));

    public static IReadOnlyList<(string Vessel, BytePath Part)> Parts(LedgerConnection connection) =>
        connection.Rows(AllParts, static row => (row.GetString(0), Columns.Path(row, 1)));

    public static LedgerTotals Totals(LedgerConnection connection)
    {
        (long live, long refused, long archived) = connection.First(Shore, static row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)));
        return new LedgerTotals(connection.Rows(Vessels, OfVessel), live, refused, archived);
    }

    public static IReadOnlyList<MissingFile> Missing(LedgerConnection connection, int count) =>
        connection.Rows(MissingVersions, Columns.Version, count)
            .ConvertAll(version => new MissingFile(version, connection.Rows(MissingOf, OfMissing, version.Id)));

    public static IReadOnlyList<RefusedFile> Refused(LedgerConnection connection, int count) => connection.Rows(
        Refusals, static row => new RefusedFile(row.GetString(0), Columns.Path(row, 1), row.GetString(2), Columns.Time(row, 3)), count);

    public static Unarchived Unarchived(LedgerConnection connection, int count) => new(
        connection.Number(CountUnarchived) ?? 0,
        connection.Rows(UnarchivedVersions, static row => new UnarchivedFile(row.GetString(0), Columns.Path(row, 1), row.GetString(2)), count));

    /// <summary>What waits for a vessel that does not take its directory any more, by the settings that are still to come into force.</summary>
    public static IReadOnlyList<(string Directory, string Vessel, long Files)> Leaving(LedgerConnection connection, IReadOnlySet<(string Directory, string Vessel)> wanted) =>
    [
        .. connection.Rows(Takers, static row => (Directory: row.GetString(0), Vessel: row.GetString(1)))
            .Where(pair => !wanted.Contains(pair))
            .Select(pair => (pair.Directory, pair.Vessel, connection.Number(WaitingOf, pair.Directory, pair.Vessel) ?? 0))
            .Where(static one => one.Item3 > 0),
    ];

    /// <summary>The youngest first.</summary>
    public static IReadOnlyList<HistoryEntry> History(LedgerConnection connection, int count) => connection.Rows(Latest, OfHistory, count);

    /// <summary>All versions of one file are looked through, however old.</summary>
    /// <param name="file">As it is shown: only a name with a backslash in it can stand for other bytes.</param>
    public static FileReport File(LedgerConnection connection, string directory, string file, int count)
    {
        List<long> versions = file.Contains('\\', StringComparison.Ordinal)
            ? connection.Rows(VersionsIn, row => Columns.Path(row, 1).ToString() == file ? row.GetInt64(0) : 0, directory)
            : connection.Rows(VersionsOf, static row => row.GetInt64(0), directory, BytePath.FromText(file).Bytes);
        string ids = $"[{string.Join(',', versions.Where(static id => id != 0))}]";
        return new(connection.Number(Waiting, ids) > 0, connection.Rows(LatestOf, OfHistory, ids, count));
    }

    private static HistoryEntry OfHistory(LedgerRow row) => new(
        Columns.Time(row, 0), row.GetString(1), row.GetString(2), Columns.Path(row, 3), Columns.Text(row, 4), row.GetInt64(5), Columns.Text(row, 6));

    private static VesselTotals OfVessel(LedgerRow row)
    {
        VesselNote? note = row.IsDBNull(6)
            ? null
            : new VesselNote(row.GetString(6), Columns.Kind(row, 7), Columns.Text(row, 8), Columns.MaybeTime(row, 9), Columns.MaybeTime(row, 10));
        return new VesselTotals(row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), note);
    }

    private static MissingAt OfMissing(LedgerRow row) => new(
        row.GetString(0), (DeliveryState)row.GetInt32(1), row.GetInt64(2), Columns.Kind(row, 3), Columns.Text(row, 4), Columns.MaybeTime(row, 5));
}
