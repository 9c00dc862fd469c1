using ContentMonster.Model;

namespace ContentMonster.Shore;

/// <summary>What lstat says of a path.</summary>
internal readonly record struct ShoreLook(ShoreEntryKind Kind, FileStamp Stamp, int LinkCount, int OwnerId);
