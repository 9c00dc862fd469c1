using ContentMonster.Model;

namespace ContentMonster.Ledger;

internal sealed record MissingFile(FileVersion Version, IReadOnlyList<MissingAt> Missing);
