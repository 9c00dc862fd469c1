namespace ContentMonster.Ledger;

internal sealed record VesselTotals(string Vessel, long WaitingFiles, long WaitingBytes, long SteppedBackFiles, long PublishedFiles, long UnverifiedFiles, VesselNote? Note);
