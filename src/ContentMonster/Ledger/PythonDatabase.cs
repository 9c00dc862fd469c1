using Dapper;
using Microsoft.Data.Sqlite;

namespace ContentMonster.Ledger;

/// <summary>The SQLite file of the Python program of the same name, opened for reading only.</summary>
internal static class PythonDatabase
{
    private const string HasTables = "select count(*) from sqlite_master where type = 'table' and name in ('contentmonster_file', 'contentmonster_file_log')";

    private const string SchemaVersion = "select value from contentmonster_settings where key = 'dbversion'";

    // The same file booked twice is one.
    private const string Files = "select count(*) from (select distinct directory, name from contentmonster_file where directory is not null and name is not null)";

    private const int KnownVersion = 2;

    // SQLite's primary result codes (sqlite.org/rescode.html).
    private const int Busy = 5;
    private const int ReadOnly = 8;
    private const int NoDatabase = 26;

    /// <summary>Whether the file is there, is a SQLite database, and has the Python program's tables.</summary>
    /// <exception cref="LedgerRefusedException">It cannot be told: the file may not be read, or its last change was cut off.</exception>
    public static bool LooksLikeOne(string path)
    {
        if (!File.Exists(path) || !LedgerFile.IsRegularOrAbsent(path))
        {
            return false;
        }

        try
        {
            using SqliteConnection database = Open(path);
            return HasItsTables(database);
        }
        catch (SqliteException fault)
        {
            return fault.SqliteErrorCode == NoDatabase ? false : throw Unreadable(path, fault);
        }
    }

    /// <summary>How many files it has recorded.</summary>
    public static long Count(string path)
    {
        if (!File.Exists(path) || !LedgerFile.IsRegularOrAbsent(path))
        {
            throw new LedgerRefusedException($"Could not import {path}, because {(File.Exists(path) ? "it is no regular file" : "there is no such file")}. Name the Python program's database.sqlite3.");
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
            return database.ExecuteScalar<long>(Files);
        }
        catch (SqliteException fault)
        {
            throw Unreadable(path, fault);
        }
    }

    // Its last change was cut off: SQLite would have to write to take it back.
    private static LedgerRefusedException Unreadable(string path, SqliteException fault) => new(
        $"Could not import {path}, because it cannot be read as a SQLite database ({fault.Message}). " + (fault.SqliteErrorCode switch
        {
            Busy => "The Python program is at work on it: stop that one first.",
            ReadOnly => "The Python program was cut off while it wrote: start and stop it once more, or run `sqlite3 FILE .tables` as a user who may write to it.",
            NoDatabase => "Name the Python program's database.sqlite3.",
            _ => "Let the user who runs this read it; if it is not the Python program's, move it away.",
        }),
        fault);

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
            throw new LedgerRefusedException($"Could not import {path}, because its schema {version} is not known here (up to {KnownVersion}). Move it away to go on without it: what vessels have with the same content is not sent again in any case.");
        }
    }
}
