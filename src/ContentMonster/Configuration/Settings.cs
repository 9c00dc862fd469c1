namespace ContentMonster.Configuration;

/// <summary>All that settings.ini says, checked.</summary>
public sealed record Settings
{
    /// <summary>Full path of the file that was read.</summary>
    public required string Path { get; init; }
    public long ChunkSizeInBytes { get; init; } = 10 << 20;
    /// <summary>The key Database as written (relative to the settings file made full), or null.</summary>
    public string? Database { get; init; }
    public bool StrictModes { get; init; }
    public IReadOnlyList<DirectorySettings> Directories { get; init; } = [];
    public IReadOnlyList<VesselSettings> Vessels { get; init; } = [];
    /// <summary>The vessels that take a directory: all that do not list it in IgnoreDirs.</summary>
    public IEnumerable<VesselSettings> TakersOf(DirectorySettings directory) => Vessels.Where(vessel => !vessel.IgnoreDirs.Contains(directory.Name, StringComparer.Ordinal));
}
