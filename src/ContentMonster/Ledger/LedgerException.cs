namespace ContentMonster.Ledger;

/// <summary>Trouble with the ledger; the message finishes "Could not ..., because ..." and says what to do.</summary>
internal class LedgerException(string message, Exception? inner = null) : IOException(message, inner);
