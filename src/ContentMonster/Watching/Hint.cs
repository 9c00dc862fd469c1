using ContentMonster.Model;

namespace ContentMonster.Watching;

/// <summary>That something may have happened at a path. Never a proof: the one who acts looks first.</summary>
internal readonly record struct Hint(HintKind Kind, BytePath Path);
