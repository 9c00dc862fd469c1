namespace ContentMonster.Sftp.Process;

/// <summary>How to reach one server; refused by whatever starts ssh unless <see cref="Validate"/> finds nothing.</summary>
public sealed record SshTarget
{
    public required string Host { get; init; }
    public string? User { get; init; }
    public int? Port { get; init; }
    public string? IdentityFile { get; init; }
    /// <summary>Our own known_hosts file, a full path: new keys are pinned there.</summary>
    public required string KnownHostsFile { get; init; }
    public bool StrictHostKeys { get; init; }
    public string? ProxyJump { get; init; }
    public bool Compression { get; init; }
    /// <summary>Further options, each "Name=Value" as after ssh's -o.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];
    /// <summary>Deadline for connecting and the server's first line, 1 s to 1 h: rounded up to whole seconds for ssh's ConnectTimeout.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);
    /// <summary>After so long without a byte a server that has let us in is asked for a sign of life. Whole seconds.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary>How long the caller bears silence once it is let in: the kernel gives the connection up only after that.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(10);
    /// <summary>How long at most, where the connection starves beside others. ssh, which cannot tell, gives it up only after that.</summary>
    public TimeSpan LongestSilence { get; init; } = TimeSpan.FromSeconds(60);
    /// <summary>Null: BatchMode=yes. A password or passphrase is asked for through askpass only.</summary>
    public SshSecrets? Secrets { get; init; }
    /// <summary>Program to run as SSH_ASKPASS; required with <see cref="Secrets"/>.</summary>
    public string? AskpassProgram { get; init; }
    /// <summary>
    /// Program (our own executable) that opens the TCP connection for ssh, so that its options are ours to choose; null: ssh opens it.
    /// Used on 64-bit Linux where neither ProxyCommand nor ProxyJump is in force (<see cref="SshConfiguration"/> must be given).
    /// </summary>
    public string? SocketProgram { get; init; }
    /// <summary>
    /// Whether the connection is opened by this process and handed to ssh, where <see cref="SocketProgram"/> would be started to do that; false where the
    /// system does not allow it.
    /// </summary>
    public bool HandsOver { get => field && SocketHandover.Works; init; } = true;
    /// <summary>TCP_CONGESTION for that connection: an algorithm's name ("bbr"); null: the system's own. One the kernel refuses is passed over.</summary>
    public string? CongestionControl { get; init; }
    /// <summary>The ssh program; found on PATH.</summary>
    public string SshProgram { get; init; } = "ssh";

    /// <summary>Whether the connection is opened by us under this configuration: by this process or by <see cref="SocketProgram"/>.</summary>
    public bool OpensSocket(SshConfiguration? configuration) =>
        SocketProgram is not null && CanOpenSockets && ProxyJump is null or "none" && configuration is { HasProxyCommand: false, HasProxyJump: false };

    /// <summary>Whether this system is one where we can open connections for ssh at all.</summary>
    public static bool CanOpenSockets => OperatingSystem.IsLinux() && Environment.Is64BitProcess && PosixSpawn.Works;

    /// <summary>Everything in this target that must not reach ssh; empty when it is sound.</summary>
    public IReadOnlyList<string> Validate() => [.. SshTargetRules.Problems(this)];

    /// <summary>The host as ssh takes it: IPv6 addresses lose their brackets.</summary>
    internal string BareHost => SshTargetRules.WithoutBrackets(Host);

    internal void ThrowIfUnsound()
    {
        IReadOnlyList<string> problems = Validate();
        if (problems.Count > 0)
        {
#pragma warning disable MA0015 // No one parameter is at fault: the message names the settings.
            throw new ArgumentException($"Could not use these ssh settings, because: {string.Join(' ', problems)}");
#pragma warning restore MA0015
        }
    }
}
