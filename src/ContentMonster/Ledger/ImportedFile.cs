using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <param name="Vessels">Where the Python program had booked it.</param>
internal sealed record ImportedFile(string Directory, BytePath Name, string Sha256, IReadOnlyList<string> Vessels);
