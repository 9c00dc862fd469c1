using Microsoft.Data.Sqlite;

namespace ContentMonster.Ledger;

/// <summary>The one place where SQLite's result codes (https://www.sqlite.org/rescode.html) become the ledger's exceptions.</summary>
internal static class LedgerFault
{
    private const int Refused = 1;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int NoMemory = 7;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    // Twice what SQLite allots to its shared memory at once.
    private const long LeastRoom = 64 << 10;

    public static bool IsDamage(SqliteException fault) => fault.SqliteErrorCode is Corrupt or NotADatabase;

    /// <summary>Whether it is the surroundings (disk, locks, memory) that failed and not the statement.</summary>
    public static bool IsSurroundings(SqliteException fault) =>
        fault.SqliteErrorCode is Busy or Locked or NoMemory or ReadOnly or InputOutput or Full or CannotOpen;

    public static LedgerException From(string doing, string path, SqliteException fault) => From(doing, path, fault, LedgerFile.FreeBytes);

    /// <param name="doing">What could not be done.</param>
    /// <param name="path">Of the ledger.</param>
    /// <param name="fault">As SQLite told it.</param>
    /// <param name="freeBytes">What is free in a folder; null: not known.</param>
    public static LedgerException From(string doing, string path, SqliteException fault, Func<string, long?> freeBytes)
    {
        if (IsDamage(fault))
        {
            return Damaged(path, fault.Message, fault);
        }

        // Where there is no room for its shared memory SQLite has that for an error of the disk.
        bool isFull = fault.SqliteErrorCode == Full || (fault.SqliteErrorCode == InputOutput && freeBytes(Path.GetDirectoryName(path)!) < LeastRoom);
        string because = fault.SqliteErrorCode switch
        {
            _ when isFull => "its disk is full: make room there",
            Busy or Locked => "another program has it locked: end that program (a sqlite3 shell, a backup)",
            ReadOnly => "it may not be written: see to the rights of the file and its folder",
            InputOutput => "its disk failed: see the kernel's log",
            CannotOpen => "it cannot be opened: see to the rights of the file and its folder, and whether too many files are open (LimitNOFILE, ulimit -n)",
            Refused when IsOfOlderSchema(fault) => "an older version of this program made it: start the daemon, which brings it up to date",
            _ => "the database refused",
        };
        return new LedgerWriteException($"Could not {doing} the ledger {path}, because {because} ({fault.Message})", fault);
    }

    // A reader changes nothing, and so meets what the daemon has not brought up to date yet.
    private static bool IsOfOlderSchema(SqliteException fault) =>
        fault.Message.Contains("no such column", StringComparison.Ordinal) || fault.Message.Contains("no such table", StringComparison.Ordinal);

    public static LedgerDamagedException Damaged(string path, string finding, Exception? inner = null) => Damaged(path, finding, inner is SqliteException { SqliteErrorCode: NotADatabase }, inner);

    public static LedgerDamagedException NoDatabase(string path) => Damaged(path, "it does not begin as a database does", maybeNone: true, null);

    private static LedgerDamagedException Damaged(string path, string finding, bool maybeNone, Exception? inner) => new(
        $"Could not use the ledger {path}, because it is damaged ({finding.ReplaceLineEndings(" ")}){(maybeNone ? ", or is none: if it belongs to something else, name another file as Database" : "")}. Restore a backup made by VACUUM INTO, or move the file (with its -wal and "
        + "-shm) away: a new ledger finds the files in the directories again, and those that are whole on a vessel are found there.",
        inner);
}
