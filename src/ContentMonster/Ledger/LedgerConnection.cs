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

    private readonly Dictionary<string, SqliteCommand> _statements = new(StringComparer.Ordinal);

    private LedgerConnection(SqliteConnection database) => Database = database;

    /// <summary>For Dapper, where a statement is rare.</summary>
    public SqliteConnection Database { get; }

    public bool InTransaction => raw.sqlite3_get_autocommit(Database.Handle) == 0;

    /// <summary>The one that writes.</summary>
    public static LedgerConnection OpenWriter(string path) => Open(path, SqliteOpenMode.ReadWrite, """
        pragma journal_mode = wal;
        pragma synchronous = full;
        pragma cache_size = -16384;
        pragma wal_autocheckpoint = 4000;
        pragma journal_size_limit = 67108864;
        """);

    public static LedgerConnection OpenReader(string path) => Open(path, SqliteOpenMode.ReadOnly, "pragma cache_size = -4096; pragma query_only = 1;");

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
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Statement(sql, values).ExecuteNonQuery();

    /// <summary>The first column of the first row as a number; null where there is no row or no value.</summary>
    public long? Number(string sql, params ReadOnlySpan<object?> values) => Statement(sql, values).ExecuteScalar() as long?;

    public T? First<T>(string sql, Func<SqliteDataReader, T> map, params ReadOnlySpan<object?> values)
    {
        using SqliteDataReader reader = Statement(sql, values).ExecuteReader();
        return reader.Read() ? map(reader) : default;
    }

    public List<T> Rows<T>(string sql, Func<SqliteDataReader, T> map, params ReadOnlySpan<object?> values)
    {
        var rows = new List<T>();
        using SqliteDataReader reader = Statement(sql, values).ExecuteReader();
        while (reader.Read())
        {
            rows.Add(map(reader));
        }

        return rows;
    }

    public void Dispose()
    {
        foreach (SqliteCommand statement in _statements.Values)
        {
            statement.Dispose();
        }

        Database.Dispose();
    }

    private SqliteCommand Statement(string sql, ReadOnlySpan<object?> values)
    {
        if (!_statements.TryGetValue(sql, out SqliteCommand? command))
        {
            command = Database.CreateCommand();
#pragma warning disable CA2100 // The text comes from constants only.
            command.CommandText = sql;
#pragma warning restore CA2100
            for (int number = 1; number <= values.Length; number++)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = $"?{number}" });
            }

            _statements.Add(sql, command);
        }

        for (int index = 0; index < values.Length; index++)
        {
            command.Parameters[index].Value = values[index] ?? DBNull.Value;
        }

        return command;
    }
}
