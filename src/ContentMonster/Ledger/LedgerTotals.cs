namespace ContentMonster.Ledger;

/// <summary>Sums for `status`, kept by the ledger as it goes: the same cost for one file as for a million.</summary>
internal sealed record LedgerTotals(IReadOnlyList<VesselTotals> Vessels, long LiveFiles, long RefusedFiles, long FilesArchived);
