using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ContentMonster.Ledger;

// Implementation notes
//
// Why not the driver's commands. A file's way through the ledger is about twenty statements, and the driver's command, parameters and reader cost
// more than SQLite itself does (docs/benchmarks.md). What is prepared once, bound by number and stepped here needs none of them. Waiting for
// another program's lock is SQLite's own busy_timeout.

/// <summary>A prepared statement, kept for the life of its connection and used again and again by one task at a time.</summary>
internal sealed class LedgerStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public LedgerStatement(sqlite3 database, string sql)
    {
        _database = database;
        Check(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    public LedgerRow Row => new(_statement);

    /// <summary>The first is ?1.</summary>
    public void Bind(ReadOnlySpan<object?> values)
    {
        for (int index = 0; index < values.Length; index++)
        {
            Check(Bind(index + 1, values[index]));
        }
    }

    /// <summary>True: there is a row to read. False: it is done.</summary>
    public bool Step()
    {
        int result = raw.sqlite3_step(_statement);
        if (result is not (raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            throw Fault(result);
        }

        return result == raw.SQLITE_ROW;
    }

    /// <summary>Ready for the next use; an error was told by <see cref="Step"/> already.</summary>
    public void Reset() => _ = raw.sqlite3_reset(_statement);

    public void Dispose() => _statement.Dispose();

    private int Bind(int number, object? value) => value switch
    {
        null => raw.sqlite3_bind_null(_statement, number),
        long whole => raw.sqlite3_bind_int64(_statement, number, whole),
        int whole => raw.sqlite3_bind_int64(_statement, number, whole),
        bool yes => raw.sqlite3_bind_int64(_statement, number, yes ? 1 : 0),
        byte[] bytes => raw.sqlite3_bind_blob(_statement, number, bytes),
        "" => raw.sqlite3_bind_text(_statement, number, ""), // a span of nothing would be null
        string text => raw.sqlite3_bind_text(_statement, number, Encoding.UTF8.GetBytes(text)),
        _ => throw new ArgumentException($"Could not bind a {value.GetType().Name}, because the ledger holds numbers, texts and bytes.", nameof(value)),
    };

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK)
        {
            throw Fault(result);
        }
    }

    private SqliteException Fault(int result)
    {
        int extended = raw.sqlite3_extended_errcode(_database);
        return new SqliteException($"SQLite Error {result}: '{raw.sqlite3_errmsg(_database).utf8_to_string()}'.", result & 0xFF, extended);
    }
}
