namespace ContentMonster.Ledger;

/// <summary>A directory of the settings with the vessels that take it.</summary>
internal sealed record DeclaredDirectory(string Name, int Priority, IReadOnlyList<string> Takers);
