using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace ContentMonster.Configuration;

/// <summary>
/// Strict character sets for all that ends up on ssh's command line. ssh and its configuration paste hosts and users into shell commands
/// (ProxyCommand, Match exec), and OpenSSH itself calls its checks not absolute, so nothing that means something to a shell or to ssh's
/// option parser gets this far (CVE-2017-1000117, CVE-2023-51385, CVE-2025-61984).
/// </summary>
internal static class HostRules
{
    private const int LongestHost = 255;
    private const int LongestUser = 256;
    private const string Shown = "$ ; & | < > ( ) \\ `";
    private static readonly SearchValues<char> ShellSigns = SearchValues.Create("$;&|<>()\\\"'`");
    private static readonly SearchValues<char> SignsNotInUsers = SearchValues.Create("$;&|<>()\\\"'`{}*?!#~");
    private static readonly SearchValues<char> HostLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:%-");

    /// <summary>Options that we set ourselves, or that have a key of their own, with what to use instead.</summary>
    private static readonly Dictionary<string, string> NotHere = new(StringComparer.OrdinalIgnoreCase)
    {
        ["User"] = "use the key Username",
        ["Port"] = "use the key Port",
        ["HostName"] = "use the key Address",
        ["ProxyJump"] = "use the key ProxyJump",
        ["Compression"] = "use the key Compression",
        ["IdentityFile"] = "use the key IdentityFile",
        ["UserKnownHostsFile"] = "use the key KnownHosts",
        ["StrictHostKeyChecking"] = "use the key HostKeyPolicy",
        ["ConnectTimeout"] = "use the key Timeout",
        ["ServerAliveInterval"] = "use the key Timeout",
        ["ServerAliveCountMax"] = "use the key Timeout",
    };

    /// <summary>Options that run a command, or that would break the channel we talk through.</summary>
    private static readonly HashSet<string> Refused = new(StringComparer.OrdinalIgnoreCase)
    {
        "ProxyCommand", "LocalCommand", "PermitLocalCommand", "KnownHostsCommand", "RemoteCommand", "PKCS11Provider", "SmartcardDevice",
        "SecurityKeyProvider", "XAuthLocation", "Include", "Match", "Host", "BatchMode", "NumberOfPasswordPrompts", "UpdateHostKeys",
        "VerifyHostKeyDNS", "RequestTTY", "ForwardAgent", "ForwardX11", "ForwardX11Trusted", "ClearAllForwardings", "LocalForward",
        "RemoteForward", "DynamicForward", "Tunnel", "TunnelDevice", "ControlMaster", "ControlPath", "ControlPersist", "EscapeChar",
        "EnableEscapeCommandline", "ForkAfterAuthentication", "SessionType", "StdinNull", "ProxyUseFdpass", "NoHostAuthenticationForLocalhost",
        "GlobalKnownHostsFile", "CheckHostIP", "HashKnownHosts", "IdentitiesOnly", "ForwardX11Timeout", "GatewayPorts", "ExitOnForwardFailure", "StdioForward",
        "IgnoreUnknown", "Protocol", "UsePrivilegedPort", "EnableSSHKeysign", "DSAAuthentication", "RSAAuthentication", "KeepAlive", "TCPKeepAlive",
    };

    /// <summary>A host name or an address; brackets around IPv6 are taken off, as ssh wants it.</summary>
    public static string Host(string text)
    {
        if (text.Contains("://", StringComparison.Ordinal))
        {
            throw new BadValueException($"\"{text}\" is a URL. Write only the host name or the IP address.");
        }

        if (text.Contains('@', StringComparison.Ordinal))
        {
            throw new BadValueException($"\"{text}\" holds a user name. Write only the host here and the user under Username.");
        }

        bool bracketed = text is ['[', .., ']'];
        string host = bracketed ? text[1..^1] : text;
        if (host.Length is 0 or > LongestHost || host[0] == '-' || host.AsSpan().ContainsAnyExcept(HostLetters))
        {
            throw new BadValueException($"\"{text}\" is not a host name or IP address: letters of ASCII, digits, \".\", \"-\" and \"_\" may stand in it, and it may not begin with \"-\". Write a name in another script in its xn-- form.");
        }

        if (!bracketed && !host.AsSpan().ContainsAny(":%"))
        {
            return host;
        }

        return IsIPv6(host) ? host : throw new BadValueException($"\"{text}\" is not an IPv6 address. If a port follows the colon, write it under Port.");
    }

    public static string User(string text)
    {
        if (text.Length is 0 or > LongestUser || text[0] == '-' || text.AsSpan().ContainsAny(SignsNotInUsers) || HasControlOrBlank(text))
        {
            throw new BadValueException($"\"{text}\" is not a user name that may be passed to ssh: blanks, quotation marks and {Shown} {{ }} * ? ! # ~ may not stand in it, and it may not begin with \"-\".");
        }

        return text;
    }

    /// <summary>Jump hosts as for ssh -J: [USER@]HOST[:PORT], several separated by commas; or none.</summary>
    public static string ProxyJump(string text)
    {
        if (text.Equals("none", StringComparison.OrdinalIgnoreCase))
        {
            return "none";
        }

        return string.Join(',', text.Split(',').Select(jump => Jump(jump.Trim())));
    }

    private static string Jump(string jump)
    {
        string host = jump;
        string user = "";
        string port = "";
        int at = host.LastIndexOf('@');
        if (at >= 0)
        {
            user = User(host[..at]) + "@";
            host = host[(at + 1)..];
        }

        int colon = host.LastIndexOf(':');
        bool portFollows = colon >= 0 && (host.IndexOf(':', StringComparison.Ordinal) == colon || (colon > 0 && host[colon - 1] == ']'));
        if (portFollows)
        {
            if (!int.TryParse(host.AsSpan(colon + 1), System.Globalization.NumberStyles.None, null, out int number) || number is < 1 or > 65535)
            {
                throw new BadValueException($"\"{jump}\" has no port from 1 to 65535 after the colon.");
            }

            (host, port) = (host[..colon], string.Create(System.Globalization.CultureInfo.InvariantCulture, $":{number}"));
        }

        string bare = Host(host);

        // ssh takes what follows a colon for the port unless the address stands in brackets.
        return bare.Contains(':', StringComparison.Ordinal) ? $"{user}[{bare}]{port}" : user + bare + port;
    }

    /// <summary>One further option for ssh: Name=Value.</summary>
    public static string SshOption(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? text : text[..equals].Trim();
        if (equals < 0 || name.Length == 0 || !name.All(char.IsAsciiLetterOrDigit))
        {
            throw new BadValueException($"\"{text}\" is not \"Name=Value\". Put an option whose value holds commas in quotation marks: \"Ciphers=a,b\".");
        }

        if (NotHere.TryGetValue(name, out string? instead))
        {
            throw new BadValueException($"The option {name} cannot be given here: {instead}.");
        }

        if (Refused.Contains(name))
        {
            throw new BadValueException($"The option {name} cannot be given here: it would run a command or disturb the connection. What ssh itself should do belongs in its ssh_config, which is respected.");
        }

        string value = text[(equals + 1)..].Trim();
        if (value.Length == 0 || value.AsSpan().ContainsAny(ShellSigns) || HasUnseen(value))
        {
            throw new BadValueException($"The option {name} has an empty value, or one with quotation marks or {Shown}, which may not be passed to ssh.");
        }

        if (name.Equals("LogLevel", StringComparison.OrdinalIgnoreCase) && value.ToUpperInvariant() is "QUIET" or "FATAL")
        {
            throw new BadValueException($"The option LogLevel cannot be {value} here: ssh would not tell why it ends, and a refused login would look like a lost connection. Leave it out, or write ERROR, INFO, VERBOSE or DEBUG.");
        }

        return $"{name}={value}";
    }

    /// <summary>A file on the shore whose name goes to ssh, which would replace % and $ in it; made full, "~/" is the home directory.</summary>
    public static string File(string text, ReadingPlace place)
    {
        if (text[0] == '-' || text.AsSpan().ContainsAny(ShellSigns) || text.Contains('%', StringComparison.Ordinal) || HasUnseen(text))
        {
            throw new BadValueException($"\"{text}\" is not a file name that may be passed to ssh: quotation marks, % and {Shown} may not stand in it, and it may not begin with \"-\".");
        }

        return text.StartsWith("~/", StringComparison.Ordinal) && place.Home is { } home ? Path.GetFullPath(text[2..], home) : PathRules.File(text, place.Folder);
    }

    /// <summary>auto, off, or an algorithm's name as the kernel lists them (TCP_CA_NAME_MAX: 15 characters).</summary>
    public static string CongestionControl(string text)
    {
        string name = text.ToLowerInvariant();
        return name.Length is > 0 and <= 15 && name.All(one => char.IsAsciiLetterOrDigit(one) || one is '_' or '-') && name[0] != '-'
            ? name
            : throw new BadValueException($"\"{text}\" is no congestion control: write auto, off, or a name as in /proc/sys/net/ipv4/tcp_available_congestion_control.");
    }

    private static bool IsIPv6(string host)
    {
        string[] parts = host.Split('%');
        bool zoneIsRight = parts.Length == 1 || (parts.Length == 2 && parts[1].Length > 0 && !parts[1].Contains(':', StringComparison.Ordinal));
        return zoneIsRight && IPAddress.TryParse(parts[0], out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetworkV6;
    }

    private static bool HasControlOrBlank(string text) => HasUnseen(text) || text.Any(char.IsWhiteSpace);

    /// <summary>What the last gate before ssh refuses too: controls, line separators, and signs outside the basic plane.</summary>
    private static bool HasUnseen(string text) => text.Any(one => char.IsControl(one) || one is '\u2028' or '\u2029' || char.IsSurrogate(one));
}
