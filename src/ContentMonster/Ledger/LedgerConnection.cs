using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ContentMonster.Ledger;

/// <summary>
/// One connection with its prepared statements, for one task at a time. Statements are found again by their text, so a statement is a
/// constant with parameters <c>?1</c>, <c>?2</c>, in the order in which the values are given.
/// </summary>
internal sealed class LedgerConnection : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // By reference: the texts are constants. Two that are equal would only be prepared twice.
    private readonly Dictionary<string, LedgerStatement> _statements = new(ReferenceEqualityComparer.Instance);

    // Nobody else uses a connection while one does, nor is anything asked that counts memory: SQLite's own locks would be taken in vain, some hundred times
    // a file (https://sqlite.org/threadsafe.html, https://sqlite.org/c3ref/c_config_covering_index_scan.html). Refused where SQLite is in use already: no harm.
    static LedgerConnection()
    {
        Batteries_V2.Init();
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MULTITHREAD);
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 0);
    }

    private LedgerConnection(SqliteConnection database) => Database = database;

    /// <summary>What the driver itself is asked.</summary>
    public SqliteConnection Database { get; }

    public bool InTransaction => raw.sqlite3_get_autocommit(Database.Handle) == 0;

    /// <summary>Loads SQLite and what uses it here: 20 ms that can pass beside other work. Where that fails, opening a ledger will fail as well.</summary>
    public static void Load()
    {
        using var nowhere = new LedgerConnection(new SqliteConnection("Data Source=:memory:;Pooling=False"));
        nowhere.Database.Open();
        nowhere.Execute("select 1");
    }

    /// <summary>The one that writes.</summary>
    public static LedgerConnection OpenWriter(string path) => Open(path, SqliteOpenMode.ReadWrite, """
        pragma journal_mode = wal;
        pragma synchronous = full;
        pragma cache_size = -8192;
        pragma temp_store = memory;
        pragma wal_autocheckpoint = 4000;
        pragma journal_size_limit = 67108864;
        """);

    public static LedgerConnection OpenReader(string path) => Open(path, SqliteOpenMode.ReadOnly, "pragma cache_size = -2048; pragma query_only = 1;");

    private static LedgerConnection Open(string dataSource, SqliteOpenMode mode, string settings)
    {
        var database = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = dataSource,
            Mode = mode,
            Pooling = false,
            ForeignKeys = true,
            DefaultTimeout = (int)Patience.TotalSeconds,
        }.ToString());
        try
        {
            database.Open();
            var connection = new LedgerConnection(database);
            connection.Script($"pragma busy_timeout = {(int)Patience.TotalMilliseconds}; {settings}");
            return connection;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Runs text that is used once.</summary>
    public void Script(string sql)
    {
        using SqliteCommand command = Database.CreateCommand();
#pragma warning disable CA2100 // The text comes from constants and embedded files only.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    /// <summary>Returns how many rows changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values)
    {
        LedgerStatement statement = Statement(sql, values);
        try
        {
            while (statement.Step())
            {
            }

            return raw.sqlite3_changes(Database.Handle);
        }
        finally
        {
            statement.Reset();
        }
    }

    /// <summary>Returns the id of the row that was added.</summary>
    public long Insert(string sql, params ReadOnlySpan<object?> values)
    {
        Execute(sql, values);
        return raw.sqlite3_last_insert_rowid(Database.Handle);
    }

    /// <summary>The first column of the first row as a number; null where there is no row or no value.</summary>
    public long? Number(string sql, params ReadOnlySpan<object?> values) =>
        First<long?>(sql, static row => row.IsDBNull(0) ? null : row.GetInt64(0), values);

    public T? First<T>(string sql, Func<LedgerRow, T> map, params ReadOnlySpan<object?> values)
    {
        LedgerStatement statement = Statement(sql, values);
        try
        {
            return statement.Step() ? map(statement.Row) : default;
        }
        finally
        {
            statement.Reset();
        }
    }

    public List<T> Rows<T>(string sql, Func<LedgerRow, T> map, params ReadOnlySpan<object?> values)
    {
        var rows = new List<T>();
        LedgerStatement statement = Statement(sql, values);
        try
        {
            while (statement.Step())
            {
                rows.Add(map(statement.Row));
            }
        }
        finally
        {
            statement.Reset();
        }

        return rows;
    }

    public void Dispose()
    {
        foreach (LedgerStatement statement in _statements.Values)
        {
            statement.Dispose();
        }

        Database.Dispose();
    }

    private LedgerStatement Statement(string sql, ReadOnlySpan<object?> values)
    {
        if (!_statements.TryGetValue(sql, out LedgerStatement? statement))
        {
            statement = new LedgerStatement(Database.Handle!, sql);
            _statements.Add(sql, statement);
        }

        statement.Bind(values);
        return statement;
    }
}
