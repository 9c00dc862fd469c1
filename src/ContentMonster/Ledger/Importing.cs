namespace ContentMonster.Ledger;

/// <summary>Which databases of the Python program were imported.</summary>
internal static class Importing
{
    private const string AddSource = "insert into import_source (path, at) values (?1, ?2) on conflict do nothing";

    private const string HasSource = "select exists (select 1 from import_source)";

    /// <summary>Whether it is the first time.</summary>
    public static bool Import(LedgerConnection connection, string source, DateTimeOffset now) =>
        connection.Execute(AddSource, source, now.ToUnixTimeMilliseconds()) > 0;

    public static bool WasDone(LedgerConnection connection) => connection.Number(HasSource) == 1;
}
