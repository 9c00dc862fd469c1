namespace ContentMonster.Ledger;

/// <summary>The file is not whole. Nothing may be archived from what it says.</summary>
internal sealed class LedgerDamagedException(string message, Exception? inner = null) : LedgerException(message, inner);
