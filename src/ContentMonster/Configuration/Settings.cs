using ContentMonster.Model;

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

public enum OnComplete { Move, Delete, Keep }

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
    public int Priority { get; init; }
    public OnComplete OnComplete { get; init; }
    public TimeSpan? ProcessedRetention { get; init; }
}

public enum HostKeyPolicy { AcceptNew, Strict }

public enum VerifyPolicy { Auto, Readback, Size }

public enum AssemblyWay { InPlace, Cat }

public sealed record VesselSettings
{
    public required string Name { get; init; }
    public required string Address { get; init; }
    public string? TempDir { get; init; }
    public string? Username { get; init; }
    public Secret? Password { get; init; }
    public Secret? Passphrase { get; init; }
    public int? Port { get; init; }
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
    public IReadOnlyList<string> IgnoreDirs { get; init; } = [];
    public string? IdentityFile { get; init; }
    public string? KnownHosts { get; init; }
    public HostKeyPolicy HostKeyPolicy { get; init; }
    /// <summary>Lanes, 1 to 64.</summary>
    public int Connections { get; init; } = 4;
    /// <summary>Bytes per second, or null for no limit.</summary>
    public long? BandwidthLimit { get; init; }
    public bool Compression { get; init; }
    public string? ProxyJump { get; init; }
    /// <summary>Each "Name=Value".</summary>
    public IReadOnlyList<string> SshOptions { get; init; } = [];
    public VerifyPolicy Verify { get; init; }
    public AssemblyWay Assembly { get; init; }
}
