using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>Since when archives are ours.</summary>
internal static class Holding
{
    private const string Places = "select place from archive";

    private const string Forget = "delete from archive where place = ?1";

    private const string Find = "select since, looked, doubted from archive where place = ?1";

    private const string Add = "insert into archive (place, since) values (?1, ?2) on conflict do nothing";

    private const string Note = "update archive set looked = ?2, doubted = ?3 where place = ?1";

    // Of a ledger that did not note it.
    private const string OldestMoved = """
        select min(v.finished_at) from version v join directory d on d.id = v.directory
        where d.name = ?1 and d.archived_before and v.state = 3 and substr(v.place, 1, length(?2)) = ?2
        """;

    private const string NotBefore = "update directory set archived_before = 0 where name = ?1 and archived_before";

    /// <summary>What the settings name no more may be anybody's from now on.</summary>
    public static void ForgetAllBut(LedgerConnection connection, IReadOnlyList<DeclaredDirectory> directories)
    {
        HashSet<BytePath> inForce = [.. directories.Select(static directory => directory.Archive).OfType<BytePath>()];
        foreach (BytePath place in connection.Rows(Places, static row => Columns.Path(row, 0)).Where(place => !inForce.Contains(place)))
        {
            connection.Execute(Forget, place.Bytes);
        }
    }

    public static HeldArchive? Of(LedgerConnection connection, BytePath place) => connection.First(
        Find, static row => new HeldArchive(row.GetInt64(0), Columns.MaybeTime(row, 1), Columns.MaybeTime(row, 2)), place.Bytes);

    public static void Hold(LedgerConnection connection, string directory, BytePath place, BytePath processed, long sinceUnixNanoseconds)
    {
        byte[] below = [.. processed.Span, .. "/"u8];
        long since = connection.Number(OldestMoved, directory, below) is { } moved ? Math.Min(moved * 1_000_000, sinceUnixNanoseconds) : sinceUnixNanoseconds;
        connection.Execute(Add, place.Bytes, since);
        connection.Execute(NotBefore, directory);
    }

    public static void Looked(LedgerConnection connection, BytePath place, DateTimeOffset at, DateTimeOffset? doubtedAt) =>
        connection.Execute(Note, place.Bytes, at.ToUnixTimeMilliseconds(), doubtedAt?.ToUnixTimeMilliseconds());
}
