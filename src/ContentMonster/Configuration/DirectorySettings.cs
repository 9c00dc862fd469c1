namespace ContentMonster.Configuration;

/// <summary>One section [Directory NAME].</summary>
public sealed record DirectorySettings
{
    public required string Name { get; init; }
    /// <summary>Absolute path on the shore, no trailing slash.</summary>
    public required string Location { get; init; }
    /// <summary>Absolute path on the vessels (default: Location), or relative to the login directory.</summary>
    public required string RemoteLocation { get; init; }
    /// <summary>Null: not set (yes, unless a database of the Python program was imported).</summary>
    public bool? Recursive { get; init; }
    public IReadOnlyList<string> Include { get; init; } = [];
    public IReadOnlyList<string> Exclude { get; init; } = [];
    public string ProcessedDir { get; init; } = "processed";
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromSeconds(1);
    public TimeSpan ScanInterval { get; init; } = TimeSpan.FromMinutes(10);
    /// <summary>Whether the settings file says it: then it counts as it is, on network file systems, too.</summary>
    public bool NamesScanInterval { get; init; }
    public int Priority { get; init; }
    public OnComplete OnComplete { get; init; }
    public TimeSpan? ProcessedRetention { get; init; }
}
