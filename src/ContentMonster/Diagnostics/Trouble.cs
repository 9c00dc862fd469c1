using ContentMonster.Model;

namespace ContentMonster.Diagnostics;

/// <summary>What is wrong with a vessel, as an operator is told.</summary>
internal sealed record Trouble(FailureKind Kind, string Message, string Advice, DateTimeOffset At);
