namespace ContentMonster.Ledger;

/// <summary>By how much a vessel's sums change.</summary>
internal readonly record struct VesselChange(
    long WaitingFiles = 0, long WaitingBytes = 0, long SteppedBackFiles = 0, long PublishedFiles = 0, long UnverifiedFiles = 0);
