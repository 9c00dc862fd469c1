using ContentMonster.Model;
using Dapper;
using Microsoft.Data.Sqlite;

namespace ContentMonster.Ledger;

/// <summary>The SQLite file of the Python program of the same name, opened for reading only.</summary>
internal static class PythonDatabase
{
    private const string HasTables = "select count(*) from sqlite_master where type = 'table' and name in ('contentmonster_file', 'contentmonster_file_log')";

    private const string SchemaVersion = "select value from contentmonster_settings where key = 'dbversion'";

    // Text of a Python string is UTF-8; as a blob it arrives unchanged whatever it is.
    private const string Files = """
        select f.directory as Directory, cast(f.name as blob) as Name, lower(f.checksum) as Checksum, l.vessel as Vessel
        from contentmonster_file f left join contentmonster_file_log l on l.file = f.uuid
        where f.directory is not null and f.name is not null and f.checksum is not null
        order by f.rowid, l.rowid
        """;

    private const int KnownVersion = 2;

    /// <summary>Whether the file is there, is a SQLite database, and has the Python program's tables.</summary>
    public static bool LooksLikeOne(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            using SqliteConnection database = Open(path);
            return HasItsTables(database);
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    public static IReadOnlyList<ImportedFile> Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new LedgerRefusedException($"Could not import {path}, because there is no such file. Name the Python program's database.sqlite3.");
        }

        try
        {
            using SqliteConnection database = Open(path);
            if (!HasItsTables(database))
            {
                throw new LedgerRefusedException(
                    $"Could not import {path}, because it has no tables contentmonster_file and contentmonster_file_log. Name the Python program's database.sqlite3.");
            }

            RefuseNewer(database, path);
            return Collect(database.Query<Row>(Files));
        }
        catch (SqliteException fault)
        {
            throw new LedgerRefusedException(
                $"Could not import {path}, because it cannot be read as a SQLite database ({fault.Message}). Name the Python program's database.sqlite3.", fault);
        }
    }

    private static SqliteConnection Open(string path)
    {
        var database = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        try
        {
            database.Open();
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private static bool HasItsTables(SqliteConnection database) => database.ExecuteScalar<long>(HasTables) == 2;

    private static void RefuseNewer(SqliteConnection database, string path)
    {
        if (database.ExecuteScalar<long>("select count(*) from sqlite_master where name = 'contentmonster_settings'") == 1
            && int.TryParse(database.ExecuteScalar<string>(SchemaVersion), out int version)
            && version > KnownVersion)
        {
            throw new LedgerRefusedException($"Could not import {path}, because its schema {version} is not known here (up to {KnownVersion}).");
        }
    }

    /// <summary>A checksum that is none is left out: the file is then sent. The same content booked twice is one entry.</summary>
    private static List<ImportedFile> Collect(IEnumerable<Row> rows)
    {
        var files = new Dictionary<(string, BytePath, string), List<string>>();
        foreach (Row row in rows)
        {
            if (row.Name is null || row.Checksum is not { Length: 64 } || !row.Checksum.All(char.IsAsciiHexDigit))
            {
                continue;
            }

            var key = (row.Directory, new BytePath(row.Name), row.Checksum);
            if (!files.TryGetValue(key, out List<string>? vessels))
            {
                files.Add(key, vessels = []);
            }

            if (row.Vessel is not null && !vessels.Contains(row.Vessel, StringComparer.Ordinal))
            {
                vessels.Add(row.Vessel);
            }
        }

        return [.. files.Select(static one => new ImportedFile(one.Key.Item1, one.Key.Item2, one.Key.Item3, one.Value))];
    }

    private sealed class Row
    {
        public string Directory { get; init; } = "";
        public byte[]? Name { get; init; }
        public string? Checksum { get; init; }
        public string? Vessel { get; init; }
    }
}
