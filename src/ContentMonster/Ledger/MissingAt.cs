using ContentMonster.Model;

namespace ContentMonster.Ledger;

internal sealed record MissingAt(string Vessel, DeliveryState State, long AcknowledgedBytes, FailureKind? Kind, string? LastError, DateTimeOffset? RetryAt);
