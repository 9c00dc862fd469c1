using ContentMonster.Model;

namespace ContentMonster.Shore;

internal readonly record struct ShoreEntry(BytePath Name, ShoreEntryKind Kind);
