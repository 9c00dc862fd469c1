namespace ContentMonster.Ledger;

/// <summary>All that the ledger has on one file.</summary>
/// <param name="Waits">A version of it is not yet everywhere.</param>
/// <param name="Events">The youngest first.</param>
internal sealed record FileReport(bool Waits, IReadOnlyList<HistoryEntry> Events);
