using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>A directory of the settings with the vessels that take it.</summary>
internal sealed record DeclaredDirectory(string Name, int Priority, IReadOnlyList<string> Takers)
{
    /// <summary>The whole path of the archive that its files go to; null: they are not moved.</summary>
    public BytePath? Archive { get; init; }
}
