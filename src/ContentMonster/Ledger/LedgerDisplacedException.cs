namespace ContentMonster.Ledger;

/// <summary>A file of the ledger was removed or replaced while it was in use: it does not help to wait.</summary>
internal sealed class LedgerDisplacedException(string message) : LedgerException(message);
