namespace ContentMonster.Ledger;

/// <summary>What a change of the settings withdrew, and added.</summary>
internal sealed record Declaration(
    IReadOnlyList<(string Vessel, long Files, long Bytes)> RemovedVessels,
    IReadOnlyList<(string Directory, long Files)> RemovedDirectories,
    IReadOnlyList<(string Vessel, string Directory, long Files)> NoLongerTaken,
    IReadOnlyList<(string Vessel, long Files, long Bytes)> AddedDeliveries);
