using System.Text.Json;
using ContentMonster.Model;
using Dapper;

namespace ContentMonster.Ledger;

/// <summary>What a database of the Python program had recorded.</summary>
internal static class Importing
{
    private const string AddSource = "insert into import_source (path, at) values (@source, @at) on conflict do nothing";

    private const string HasSource = "select exists (select 1 from import_source)";

    private const string Put = """
        insert into imported (directory, name, sha256, vessels) values (?1, ?2, ?3, ?4)
        on conflict (directory, name) do update set sha256 = excluded.sha256, vessels = excluded.vessels
        """;

    private const string Get = "select sha256, vessels from imported where directory = ?1 and name = ?2";

    public static int Import(LedgerConnection connection, string source, IReadOnlyList<ImportedFile> files, DateTimeOffset now)
    {
        foreach (ImportedFile file in files)
        {
            connection.Execute(Put, file.Directory, file.Name.Bytes, file.Sha256, JsonSerializer.Serialize(file.Vessels));
        }

        return connection.Database.Execute(AddSource, new { source, at = now.ToUnixTimeMilliseconds() });
    }

    public static bool WasDone(LedgerConnection connection) => connection.Database.ExecuteScalar<bool>(HasSource);

    public static ImportedFile? Find(LedgerConnection connection, string directory, BytePath name) => connection.First(
        Get,
        row => new ImportedFile(directory, name, row.GetString(0), JsonSerializer.Deserialize<List<string>>(row.GetString(1)) ?? []),
        directory,
        name.Bytes);
}
