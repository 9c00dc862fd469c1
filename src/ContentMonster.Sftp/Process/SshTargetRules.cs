using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ContentMonster.Sftp.Process;

// Implementation notes
//
// Why so strict: user, host and jump names reach ProxyCommand and Match exec through %h, %r and %u, where a shell reads them
// (CVE-2023-51385, CVE-2025-61984); ssh's own checks "cannot be absolute". So what is not plainly a name is refused here, before any
// argument list is made, and "--" stands before the host all the same.

/// <summary>What may stand in an <see cref="SshTarget"/>.</summary>
internal static class SshTargetRules
{
    /// <summary>ssh reads no more of what askpass prints.</summary>
    private const int LongestSecretInBytes = 1023;

    private static readonly SearchValues<char> HostCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:%-");

    private static readonly SearchValues<char> ForbiddenInUser = SearchValues.Create(" '\"`$;&|<>()\\{}*?!#~");

    public static IEnumerable<string> Problems(SshTarget target)
    {
        if (!IsHost(target.Host))
        {
            yield return "Address must be a host name or an IP address (letters, digits, dots, dashes, underscores; IPv6 with or without brackets).";
        }

        if (target.User is { } user && !IsUser(user))
        {
            yield return "Username must not be empty, begin with a dash, or hold spaces, quotes, control or shell characters.";
        }

        if (target.Port is < 1 or > 65535)
        {
            yield return "Port must be between 1 and 65535.";
        }

        if (target.ProxyJump is { } jump && !IsProxyJump(jump))
        {
            yield return "ProxyJump must be one or more of [user@]host[:port], separated by commas.";
        }

        foreach (string problem in PathProblems(target).Concat(OptionProblems(target.Options)).Concat(SecretProblems(target)))
        {
            yield return problem;
        }

        if (target.ConnectTimeout < TimeSpan.FromSeconds(1) || target.ConnectTimeout > TimeSpan.FromHours(1))
        {
            yield return "The time to connect must be between 1 second and 1 hour.";
        }
    }

    public static string WithoutBrackets(string host) => host is ['[', .. var inner, ']'] ? inner : host;

    internal static bool IsHost(string host)
    {
        string bare = WithoutBrackets(host);
        if (bare.Length is 0 or > 253 || bare[0] == '-' || bare.AsSpan().ContainsAnyExcept(HostCharacters))
        {
            return false;
        }

        bool isIpv6 = bare.Contains(':', StringComparison.Ordinal);
        return isIpv6
            ? IPAddress.TryParse(bare.Split('%', 2)[0], out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetworkV6
            : bare.Length == host.Length && !bare.Contains('%', StringComparison.Ordinal);
    }

    private static bool IsUser(string user) =>
        user.Length is > 0 and <= 256 && user[0] != '-' && !user.AsSpan().ContainsAny(ForbiddenInUser) && !HasControls(user);

    private static bool IsProxyJump(string jumps) => string.Equals(jumps, "none", StringComparison.Ordinal) || jumps.Split(',').All(IsJump);

    private static bool IsJump(string jump)
    {
        int at = jump.LastIndexOf('@');
        if (at >= 0 && !IsUser(jump[..at]))
        {
            return false;
        }

        string place = jump[(at + 1)..];
        int colon = place.LastIndexOf(':');
        bool hasPort = colon >= 0 && colon > place.LastIndexOf(']');
        string host = hasPort ? place[..colon] : place;
        bool portIsSound = !hasPort || (ushort.TryParse(place.AsSpan(colon + 1), out ushort port) && port > 0 && char.IsAsciiDigit(place[colon + 1]));

        // Without brackets a colon begins the port, so an IPv6 jump host has to have them.
        bool isIpv6 = host.Contains(':', StringComparison.Ordinal);
        return portIsSound && IsHost(host) && (!isIpv6 || host[0] == '[');
    }

    private static IEnumerable<string> PathProblems(SshTarget target)
    {
        if (target.IdentityFile is { } identity && (identity.Length == 0 || identity[0] == '-' || !IsQuotable(identity)))
        {
            yield return "IdentityFile must be a path without control characters, double quotes, backslashes or ${...}, and must not begin with a dash.";
        }

        // "none" and relative paths would pin keys nowhere, or somewhere else.
        if (!Path.IsPathFullyQualified(target.KnownHostsFile) || !IsQuotable(target.KnownHostsFile))
        {
            yield return "KnownHosts must be a full path without control characters, double quotes, backslashes or ${...}.";
        }

        if (target.SshProgram.Length == 0 || HasControls(target.SshProgram))
        {
            yield return "The ssh program must be a name or a path.";
        }
    }

    private static IEnumerable<string> OptionProblems(IReadOnlyList<string> options)
    {
        foreach (string option in options)
        {
            int equals = option.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? option : option[..equals];
            if (equals <= 0 || !name.All(char.IsAsciiLetterOrDigit) || HasControls(option) || string.IsNullOrWhiteSpace(option[(equals + 1)..]))
            {
                yield return "Each of SshOptions must be Name=Value in one line, with a name of letters and digits.";
            }
            else if (SshArguments.IsProtected(name))
            {
                yield return $"SshOptions must not set {name}: what ContentMonster relies on is set by ContentMonster, or has a setting of its own.";
            }
            else if (SshArguments.Silences(name, option[(equals + 1)..]))
            {
                yield return "SshOptions must not set LogLevel to QUIET or FATAL: ssh would not tell why it ends.";
            }
        }
    }

    private static IEnumerable<string> SecretProblems(SshTarget target)
    {
        if (target.Secrets is not { } secrets)
        {
            yield break;
        }

        if (target.AskpassProgram is not { } program || !Path.IsPathFullyQualified(program) || HasControls(program))
        {
            yield return "A password or passphrase needs the full path of the askpass program.";
        }

        foreach (string secret in new[] { secrets.Password, secrets.Passphrase }.OfType<string>())
        {
            if (secret.Length == 0 || secret.AsSpan().ContainsAny('\n', '\r', '\0') || Encoding.UTF8.GetByteCount(secret) > LongestSecretInBytes)
            {
                yield return "Password and Passphrase must be one line of 1 to 1023 bytes: ssh reads no more.";
            }
        }
    }

    // Versions of ssh differ in how they read a double quote or a backslash between double quotes.
    private static bool IsQuotable(string path) =>
        !HasControls(path) && !path.Contains("${", StringComparison.Ordinal) && !path.Contains('"', StringComparison.Ordinal)
        && (OperatingSystem.IsWindows() || !path.Contains('\\', StringComparison.Ordinal));

    private static bool HasControls(string text) => text.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029' || char.IsSurrogate(c));
}
