using ContentMonster.Model;

namespace ContentMonster.Vessels;

internal enum FindingGrade { Good, Doubtful, Bad }

/// <summary>One thing that was found out about a vessel.</summary>
/// <param name="What">"host key", "free space", ...</param>
/// <param name="Text">What was found and, where it is not well, what to do.</param>
internal sealed record VesselFinding(string What, FindingGrade Grade, string Text);

/// <summary>What a check has to know of the shore.</summary>
/// <param name="PinsForGood">Whether the known_hosts file in the places is the daemon's own, not one for this check only.</param>
/// <param name="OurParts">Unfinished files that the ledger has booked on this vessel.</param>
internal sealed record CheckSurroundings(bool PinsForGood, IReadOnlySet<BytePath> OurParts);
