using System.Net;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Vessels;

/// <summary>Who opens the connections to a vessel, and with which congestion control.</summary>
/// <param name="IsOurs">We open them for ssh, with options of our choice; else ssh does.</param>
/// <param name="Algorithm">Chosen by us; null: the system's own.</param>
/// <param name="Shortfall">Why this is less than the setting asks for; null: it is not.</param>
internal sealed record SocketPlan(bool IsOurs, string? Algorithm, string? Shortfall)
{
    public const string Bbr = "bbr";
    public const string Auto = "auto";
    public const string Off = "off";

    /// <summary>ssh opens them, and that is as it should be.</summary>
    public static SocketPlan LeftToSsh { get; } = new(IsOurs: false, null, null);

    /// <param name="wanted">The setting CongestionControl.</param>
    /// <param name="configuration">What ssh says is in force; null: not known yet.</param>
    /// <param name="canOpen">Whether this system lets us open connections for ssh.</param>
    /// <param name="isAllowed">Whether this process may use an algorithm.</param>
    public static SocketPlan For(string wanted, SshConfiguration? configuration, bool canOpen, Func<string, bool> isAllowed)
    {
        // The detour costs a process; to this very machine it gains nothing.
        if (wanted == Off || (wanted == Auto && IsThisMachine(configuration?.HostName)))
        {
            return LeftToSsh;
        }

        string? obstacle = configuration switch
        {
            { HasProxyJump: true } => "the way goes through a ProxyJump, so ssh opens the connection",
            { HasProxyCommand: true } => "the way goes through a ProxyCommand, so ssh opens the connection",
            { IsBound: true } => "the ssh configuration has a BindAddress or BindInterface, so ssh opens the connection",
            _ when !canOpen => "only 64-bit Linux lets a connection be handed to ssh, so ssh opens it",
            _ => null,
        };
        if (obstacle is not null)
        {
            return new(IsOurs: false, null, obstacle);
        }

        string algorithm = wanted == Auto ? Bbr : wanted;
        return isAllowed(algorithm)
            ? new(IsOurs: true, algorithm, null)
            : new(IsOurs: true, null, $"the kernel does not have {algorithm}, or does not allow it to this user");
    }

    private static bool IsThisMachine(string? host) => host is "localhost" || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));
}
