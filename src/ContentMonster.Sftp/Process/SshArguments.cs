using System.Globalization;
using System.Runtime.Intrinsics.X86;

namespace ContentMonster.Sftp.Process;

// Implementation notes
//
// ssh takes the first value it meets for an option: command line before the user's file before the system's. So what would break us if it were
// otherwise stands first, and the options from the settings last. Those that name one of ours are refused rather than silently ignored.

/// <summary>ssh's argument lists.</summary>
internal static class SshArguments
{
    private const string LogLevel = "LogLevel";
    private const string AesGcmFirst = "^aes128-gcm@openssh.com,aes256-gcm@openssh.com";

    private static readonly (string Name, string Value)[] Always =
    [
        ("UpdateHostKeys", "no"), ("VerifyHostKeyDNS", "no"), ("HashKnownHosts", "no"), ("NumberOfPasswordPrompts", "1"), ("RemoteCommand", "none"),
        ("RequestTTY", "no"), ("PermitLocalCommand", "no"), ("ForwardAgent", "no"), ("ForwardX11", "no"), ("ClearAllForwardings", "yes"),
        ("ControlMaster", "no"), ("ControlPath", "none"), ("EscapeChar", "none"), ("Tunnel", "no"), ("NoHostAuthenticationForLocalhost", "no"),
    ];

    /// <summary>Options that would open a door, lose the transport, or have a setting of their own.</summary>
    private static readonly HashSet<string> AlsoProtected = new(StringComparer.OrdinalIgnoreCase)
    {
        "BatchMode", "StrictHostKeyChecking", "UserKnownHostsFile", "GlobalKnownHostsFile", "KnownHostsCommand", "CheckHostIP",
        "ConnectTimeout", "Compression", "IdentitiesOnly", "IdentityFile", "ProxyJump", "User", "Port", "HostName", "LocalCommand", "ForwardX11Trusted",
        "ForwardX11Timeout", "LocalForward", "RemoteForward", "DynamicForward", "GatewayPorts", "ExitOnForwardFailure", "StdioForward", "TunnelDevice",
        "ControlPersist", "SessionType", "StdinNull", "ForkAfterAuthentication", "XAuthLocation", "EnableEscapeCommandline", "Host", "Match", "Include",
        "IgnoreUnknown", "Protocol", "UsePrivilegedPort", "EnableSSHKeysign", "DSAAuthentication", "RSAAuthentication", "KeepAlive", "TCPKeepAlive",
        "ServerAliveInterval", "ServerAliveCountMax",
    };

    public static IEnumerable<string> ProtectedNames => [.. AlsoProtected, .. Always.Select(option => option.Name)];

    public static bool IsProtected(string name) => ProtectedNames.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>A level at which ssh does not tell why it ends.</summary>
    public static bool Silences(string name, string value) =>
        name.Equals(LogLevel, StringComparison.OrdinalIgnoreCase) && value.Trim('"', ' ', '\t').ToUpperInvariant() is "QUIET" or "FATAL";

    public static List<string> ForSubsystem(SshTarget target, string subsystem, SshConfiguration? configuration) =>
        [.. ForSession(target, configuration), "-s", "--", target.BareHost, subsystem];

    public static List<string> ForCommand(SshTarget target, string command, SshConfiguration? configuration) =>
        [.. ForSession(target, configuration), .. configuration is { HasSessionOptions: true } ? ["-o", "SessionType=default"] : Array.Empty<string>(), "--", target.BareHost, command];

    /// <summary>
    /// Asks what is in force without our own protections, so that the user's known_hosts files and ciphers show. But for a shared connection, which is
    /// never used: ssh ends where a variable in its path is not set. A command, which is not run, for without one ssh refuses ForkAfterAuthentication.
    /// </summary>
    public static List<string> ForQuestion(SshTarget target) =>
        ["-o", "ControlMaster=no", "-o", "ControlPath=none", "-o", "RemoteCommand=none", .. Who(target), .. Further(target), "-G", "--", target.BareHost, "true"];

    public static List<string> ForBuiltInDefaults() => ["-F", "none", "-G", "--", "localhost"];

    private static List<string> ForSession(SshTarget target, SshConfiguration? configuration)
    {
        List<string> arguments = ["-T"];
        Add(arguments, "BatchMode", target.Secrets is null ? "yes" : "no");
        Add(arguments, "StrictHostKeyChecking", target.StrictHostKeys ? "yes" : "accept-new");
        Add(arguments, "UserKnownHostsFile", KnownHosts(target, configuration));
        Array.ForEach(Always, option => Add(arguments, option.Name, option.Value));
        if (configuration is { HasSessionOptions: true })
        {
            Add(arguments, "StdinNull", "no");
            Add(arguments, "ForkAfterAuthentication", "no");
        }

        if (!target.Options.Any(static option => NameOf(option).Equals(LogLevel, StringComparison.OrdinalIgnoreCase)))
        {
            // A refused login that is not told would be taken for a broken link and be tried again at once.
            Add(arguments, LogLevel, "INFO");
        }

        Add(arguments, "ServerAliveInterval", Math.Ceiling(target.KeepAlive.TotalSeconds).ToString(CultureInfo.InvariantCulture));
        Add(arguments, "ServerAliveCountMax", (Math.Ceiling(target.LongestSilence / target.KeepAlive) + 1).ToString(CultureInfo.InvariantCulture));
        Add(arguments, "ConnectTimeout", Math.Ceiling(target.ConnectTimeout.TotalSeconds).ToString(CultureInfo.InvariantCulture));
        if (configuration is { CiphersAreDefault: true } && CpuHasAes)
        {
            Add(arguments, "Ciphers", AesGcmFirst);
        }

        if (target.OpensSocket(configuration))
        {
            if (configuration is { CanonicalizesHostName: true })
            {
                // Else ssh does so only where no ProxyCommand connects it, and takes the host for another one than `ssh -G` does.
                Add(arguments, "CanonicalizeHostname", "always");
            }

            Add(arguments, "ProxyCommand", target.HandsOver ? SocketHandover.CommandFor(target.ConnectTimeout) : OpenerCommand(target.SocketProgram!));
            Add(arguments, "ProxyUseFdpass", "yes");
        }

        // The last word has the settings: it is we who try again.
        return [.. arguments, .. Who(target), .. Further(target), "-o", "ConnectionAttempts=1"];
    }

    // ssh expands percent signs in it and has the user's shell read the rest: our own path in single quotes and two fixed words, nothing else.
    private static string OpenerCommand(string program) =>
        $"'{EscapePercent(program).Replace("'", "'\\''", StringComparison.Ordinal)}' {string.Join(' ', SocketOpener.Arguments)}";

    private static bool CpuHasAes => Aes.IsSupported || System.Runtime.Intrinsics.Arm.Aes.IsSupported;

    private static List<string> Who(SshTarget target)
    {
        List<string> arguments = [];
        Add(arguments, "Compression", target.Compression ? "yes" : "no");
        if (target.User is { } user)
        {
            arguments.AddRange(["-l", user]);
        }

        if (target.Port is { } port)
        {
            arguments.AddRange(["-p", port.ToString(CultureInfo.InvariantCulture)]);
        }

        if (target.IdentityFile is { } identity)
        {
            Add(arguments, "IdentitiesOnly", "yes");
            // Not -i: it wants the name as it stands, and expands tokens in it all the same.
            Add(arguments, "IdentityFile", $"\"{EscapePercent(identity)}\"");
        }

        if (target.ProxyJump is { } jump)
        {
            Add(arguments, "ProxyJump", jump);
        }

        return arguments;
    }

    private static string NameOf(string option) => option.Split('=', 2)[0];

    private static List<string> Further(SshTarget target) => [.. target.Options.SelectMany(option => new[] { "-o", option })];

    // Ours first: ssh pins new keys in the first file. The user's own stand behind it, so that what they trust is trusted.
    private static string KnownHosts(SshTarget target, SshConfiguration? configuration)
    {
        IEnumerable<string> files = (configuration?.UserKnownHostsFiles ?? []).Where(file => !file.Contains('"', StringComparison.Ordinal) && file != "none");
        return string.Join(' ', files.Prepend(target.KnownHostsFile).Select(file => $"\"{EscapePercent(file)}\""));
    }

    private static string EscapePercent(string path) => path.Replace("%", "%%", StringComparison.Ordinal);

    private static void Add(List<string> arguments, string name, string value) => arguments.AddRange(["-o", $"{name}={value}"]);
}
