namespace ContentMonster.Configuration;

/// <summary>One section: what stands between the brackets, and its keys.</summary>
internal sealed record IniSection(string Header, int Line)
{
    public List<IniEntry> Entries { get; } = [];

    /// <summary>Keys that stand here in lines of which an error was told.</summary>
    public List<string> Spoilt { get; } = [];

    /// <summary>The header's first word.</summary>
    public string Kind => Header.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries) is [var first, ..] ? first : "";

    /// <summary>All that follows the first word: a name may hold spaces.</summary>
    public string Name => Header.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries) is [_, var rest] ? rest.Trim() : "";
}
