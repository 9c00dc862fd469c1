using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>Files that are everywhere and could not be archived; they are tried again.</summary>
/// <param name="Files">All of them.</param>
/// <param name="First">The oldest.</param>
internal sealed record Unarchived(long Files, IReadOnlyList<UnarchivedFile> First);

/// <param name="Reason">Of the last attempt.</param>
internal sealed record UnarchivedFile(string Directory, BytePath Path, string Reason);
