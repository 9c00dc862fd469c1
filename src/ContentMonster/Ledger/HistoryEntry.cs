using ContentMonster.Model;

namespace ContentMonster.Ledger;

internal sealed record HistoryEntry(DateTimeOffset At, string Event, string Directory, BytePath Path, string? Vessel, long SizeInBytes, string? Text);
