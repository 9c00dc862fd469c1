using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>The paths that the ledger believes to be on the shore, page by page. Kept ones are among them: one that vanishes must be noticed too.</summary>
internal static class LivePaths
{
    private const string After = """
        select path from version where directory = ?1 and path > ?2 and state <= 2 and state in (0, 2) order by path limit ?3
        """;

    private const string FromStart = "select path from version where directory = ?1 and state <= 2 and state in (0, 2) order by path limit ?2";

    private const string DeviceOf = "select device from version where directory = ?1 and path = ?2 and state <= 2 and state in (0, 2) order by id desc limit 1";

    public static IReadOnlyList<long?> Devices(LedgerConnection connection, string directory, IReadOnlyList<BytePath> paths) =>
        Names.Directory(connection, directory) is { } id ? [.. paths.Select(path => connection.Number(DeviceOf, id, path.Bytes))] : new long?[paths.Count];

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
