using ContentMonster.Model;

namespace ContentMonster.Ledger;

internal readonly record struct SeenFile(BytePath Path, FileStamp Stamp);
