using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>A vessel as it was last seen.</summary>
internal sealed record VesselNote(string State, FailureKind? Kind, string? LastError, DateTimeOffset? LastErrorAt, DateTimeOffset? NextAttempt);
