using ContentMonster.Model;

namespace ContentMonster.Ledger;

internal sealed record RefusedFile(string Directory, BytePath Path, string Reason, DateTimeOffset Since);
