using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>What lies in a directory and is not sent, with the reason.</summary>
internal static class Refusing
{
    private const string Reason = "select reason from refusal where directory = ?1 and path = ?2";

    private const string AnyOf = "select exists (select 1 from refusal where directory = ?1)";

    private const string Put = """
        insert into refusal (directory, path, reason, since) values (?1, ?2, ?3, ?4)
        on conflict (directory, path) do update set reason = excluded.reason, since = excluded.since
        """;

    private const string Remove = "delete from refusal where directory = ?1 and path = ?2";

    private const string After = "select path from refusal where directory = ?1 and path > ?2 order by path limit ?3";

    private const string FromStart = "select path from refusal where directory = ?1 order by path limit ?2";

    public static bool Any(LedgerConnection connection, long directory) => connection.Number(AnyOf, directory) == 1;

    public static bool IsRefusedFor(LedgerConnection connection, string directory, BytePath path, string reason) =>
        Names.Directory(connection, directory) is { } id && connection.First(Reason, static row => row.GetString(0), id, path.Bytes) == reason;

    /// <summary>True if the path was not refused before, or for another reason.</summary>
    public static bool Refuse(LedgerConnection connection, string directory, BytePath path, string reason, DateTimeOffset now)
    {
        long id = Names.NeedDirectory(connection, directory);
        if (connection.First(Reason, static row => row.GetString(0), id, path.Bytes) == reason)
        {
            return false;
        }

        connection.Execute(Put, id, path.Bytes, reason, now.ToUnixTimeMilliseconds());
        return true;
    }

    public static void Admit(LedgerConnection connection, long directory, BytePath path) => connection.Execute(Remove, directory, path.Bytes);

    public static IReadOnlyList<BytePath> Paths(LedgerConnection connection, string directory, BytePath? after, int count)
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
