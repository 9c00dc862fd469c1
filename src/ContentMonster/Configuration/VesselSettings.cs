using ContentMonster.Model;

namespace ContentMonster.Configuration;

/// <summary>One section [Vessel NAME].</summary>
public sealed record VesselSettings
{
    public required string Name { get; init; }
    public required string Address { get; init; }
    public string? TempDir { get; init; }
    public string? Username { get; init; }
    public Secret? Password { get; init; }
    public Secret? Passphrase { get; init; }
    /// <summary>Where <see cref="Password"/> comes from, full; null where no file was named.</summary>
    public string? PasswordFile { get; init; }
    /// <summary>Why the password that it should hold is not known; only where the settings were read for one who can do without.</summary>
    public string? SecretTrouble { get; init; }
    public int? Port { get; init; }
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
    public IReadOnlyList<string> IgnoreDirs { get; init; } = [];
    public string? IdentityFile { get; init; }
    public string? KnownHosts { get; init; }
    public HostKeyPolicy HostKeyPolicy { get; init; }
    /// <summary>Lanes, 1 to 64; null: as many as pay, 8 at the most.</summary>
    public int? Connections { get; init; }
    /// <summary>"auto" (bbr where it may be used), "off" (ssh opens its own connections), or the name of an algorithm.</summary>
    public string CongestionControl { get; init; } = "auto";
    /// <summary>Bytes per second, or null for no limit.</summary>
    public long? BandwidthLimit { get; init; }
    public bool Compression { get; init; }
    public string? ProxyJump { get; init; }
    /// <summary>Each "Name=Value".</summary>
    public IReadOnlyList<string> SshOptions { get; init; } = [];
    public VerifyPolicy Verify { get; init; }
    public AssemblyWay Assembly { get; init; }
}
