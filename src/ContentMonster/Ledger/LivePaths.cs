using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>The paths that the ledger believes to be on the shore, page by page. Kept ones are among them: one that vanishes must be noticed too.</summary>
internal static class LivePaths
{
    private const string After = """
        select path from version where directory = ?1 and path > ?2 and state <= 2 and state in (0, 2) order by path limit ?3
        """;

    private const string FromStart = "select path from version where directory = ?1 and state <= 2 and state in (0, 2) order by path limit ?2";

    // By the index of what is missing: of what was kept there may be a million.
    private const string Waiting = "select id, path from version indexed by version_missing where id > ?2 and state = 0 and missing > 0 and directory = ?1 order by id limit ?3";

    private const string DeviceOf = "select device from version where directory = ?1 and path = ?2 and state <= 2 and state in (0, 2) order by id desc limit 1";

    public static IReadOnlyList<long?> Devices(LedgerConnection connection, string directory, IReadOnlyList<BytePath> paths) =>
        Names.Directory(connection, directory) is { } id ? [.. paths.Select(path => connection.Number(DeviceOf, id, path.Bytes))] : new long?[paths.Count];

    public static IReadOnlyList<(long Id, BytePath Path)> WaitingPage(LedgerConnection connection, string directory, long afterId, int count) =>
        Names.Directory(connection, directory) is { } id ? connection.Rows(Waiting, static row => (row.GetInt64(0), Columns.Path(row, 1)), id, afterId, count) : [];

    public static IReadOnlyList<BytePath> Page(LedgerConnection connection, string directory, BytePath? after, int count)
    {
        if (Names.Directory(connection, directory) is not { } id)
        {
            return [];
        }

        return after is { } last
            ? connection.Rows(After, static row => Columns.Path(row, 0), id, last.Bytes, count)
            : connection.Rows(FromStart, static row => Columns.Path(row, 0), id, count);
    }
}
