using SQLitePCL;

namespace ContentMonster.Ledger;

/// <summary>The row that a statement stands at. Good until the next step: what a reader of rows keeps, it copies.</summary>
internal readonly struct LedgerRow(sqlite3_stmt statement)
{
    public bool IsDBNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;

    public long GetInt64(int column) => raw.sqlite3_column_int64(statement, column);

    public int GetInt32(int column) => checked((int)GetInt64(column));

    public string GetString(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string();

    public byte[] GetBlob(int column) => raw.sqlite3_column_blob(statement, column).ToArray();
}
