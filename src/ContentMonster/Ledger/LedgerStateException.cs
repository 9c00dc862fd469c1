namespace ContentMonster.Ledger;

/// <summary>Something is not in the state the caller thought it to be in. Nothing was booked.</summary>
internal sealed class LedgerStateException(string message) : LedgerException(message);
