namespace ContentMonster.Ledger;

/// <summary>The file may not be used as a ledger: a link, another owner's, on a network file system, newer, or something else altogether.</summary>
internal sealed class LedgerRefusedException(string message, Exception? inner = null) : LedgerException(message, inner);
