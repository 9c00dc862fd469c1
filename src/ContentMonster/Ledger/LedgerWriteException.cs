namespace ContentMonster.Ledger;

/// <summary>Nothing of the operation was booked: the disk is full or failed, or somebody else locks the file. It may be tried again.</summary>
internal sealed class LedgerWriteException(string message, Exception? inner = null) : LedgerException(message, inner);
