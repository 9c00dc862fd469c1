namespace ContentMonster.Ledger;

/// <summary>Another daemon owns the ledger.</summary>
internal sealed class LedgerInUseException(string message, int? processId) : LedgerException(message)
{
    /// <summary>Who has it; null where the lock file does not say.</summary>
    public int? ProcessId { get; } = processId;
}
