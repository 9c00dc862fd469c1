namespace ContentMonster.Tests.Security;

/// <summary>
/// Values that would run a command, or lead ssh elsewhere, if anything on the way took them for more than names.
/// RUN stands for a command that leaves a mark.
/// </summary>
internal static class InjectionTable
{
    private const string Run = "RUN";

    /// <summary>Breaking out of a word of a shell, of a line, of an argument.</summary>
    private static readonly string[] Words =
    [
        $"-oProxyCommand={Run}", $"-oLocalCommand={Run}", $"-oKnownHostsCommand={Run}", $"-oPKCS11Provider={Run}", $"-F{Run}", "-J evil", "-E/tmp/x", "-W evil:1", "-R 1:x:1", "-D 1080", "-G", "-V", "--", "-", "---",
        $"$({Run})", $"`{Run}`", $"x;{Run}", $"x;{Run};", $"x|{Run}", $"x||{Run}", $"x&{Run}", $"x&&{Run}", $"x\n{Run}", $"x\r{Run}", $"x\n{Run}\n", $"x'$({Run})'", $"x'`{Run}`'", $"x\"$({Run})\"", $"x';{Run};'",
        $"x\";{Run};\"", $"x\\\n{Run}", $"x>{Run}", $"x<{Run}", $"({Run})", "${IFS}", "$IFS", "${HOME}", "$HOME", "~root", "*", "?", "[a-z]", "{a,b}", "!1", "#x", "%h", "%r", "%n", "%p", "%%", "%d/x", "%(HOME)s", "x y", "x\ty",
        "x\u00a0y", "x\u0000y", "x\u001b[2Jy", "x\u0085y", "x\u2028y", "x\u202ey", "\ud800", "x\\", "x'", "x\"", "'", "\"",
    ];

    private static readonly string[] MoreHosts =
    [
        "ssh://x", $"ssh://-oProxyCommand={Run}", "root@x", "x:22", "x/y", "x,y", $"[{Run}]", $"[$({Run})]", "[::1", "::1]", $"::1%$({Run})", $"fe80::1%`{Run}`", "fe80::1%%h", "::ffff:127.0.0.1%x;y", "127.1", "0", "0x7f.1", "localhost.", ".",
    ];

    private static readonly string[] MoreUsers = ["root@evil", "a:b", "a%r", "a+b", "a=b", "a,b", "DOMAIN\\user", "..", "/", "a/b", "@", "%u"];

    private static readonly string[] Ports = ["0", "-1", "65536", "22;id", $"22 -oProxyCommand={Run}", "0x16", "+22", "٢٢", "22.0", "1e1", "", "-p22", $"$({Run})", "ssh"];

    private static readonly string[] Jumps =
    [
        $"a,-oProxyCommand={Run}", $"$({Run})@a", $"a;{Run}", $"a`{Run}`", "a:22;id", "a:-1", "a:0", "a:x", $"a:$({Run})", "::1", "a@b@c", $"u;{Run}@a", "a,,b", ",", "[::1]:22", $"[::1]`{Run}`", "ssh://a", "none,a", "a b", "%h", "a%h",
    ];

    private static readonly string[] Options =
    [
        $"ProxyCommand={Run}", $"proxycommand={Run}", $"PROXYCOMMAND={Run}", $" ProxyCommand ={Run}", $"ProxyCommand {Run}", $"LocalCommand={Run}", "PermitLocalCommand=yes", $"KnownHostsCommand={Run}", $"RemoteCommand={Run}",
        $"PKCS11Provider={Run}", $"SmartcardDevice={Run}", $"SecurityKeyProvider={Run}", $"XAuthLocation={Run}", $"Include={Run}", $"Match=exec {Run}", $"\"Match=exec \\\"{Run}\\\"\"", "Host=*", $"\"IPQoS=ef\nProxyCommand={Run}\"",
        $"IPQoS=ef ProxyCommand={Run}", $"IPQoS=$({Run})", $"IPQoS=`{Run}`", $"Ciphers=x;{Run}", $"IdentityAgent=$({Run})", $"IdentityAgent=|{Run}", $"CertificateFile=`{Run}`", $"UserKnownHostsFile={Run}", "StrictHostKeyChecking=no", "ForwardAgent=yes",
        "ForwardX11=yes", "Tunnel=yes", "ControlMaster=auto", "ControlPath=/tmp/x", "EscapeChar=~", "RequestTTY=force", "SessionType=none", "-v", $"-oProxyCommand={Run}", "=", "=x", "x", "LogLevel=", "ProxyUseFdpass=yes", "CanonicalizeHostname=yes",
        "AddKeysToAgent=ask", "SetEnv=A=b", "SendEnv=*", "LogVerbose=*", "Tag=x", "HostKeyAlias=%h", "IgnoreUnknown=*", "BatchMode=no", "User=root", "Port=1", "HostName=evil",
    ];

    private static readonly string[] Files = ["-oX", $"$({Run})", $"`{Run}`", $"a;{Run}", $"|{Run}", "%d/x", "${HOME}/x", "a\nb", "a\"b", "~evil/x", "a'b", "a\\b", "/dev/stdin", "none"];

    private static readonly string[] Folders = ["-rf", "../x", "a/../../x", $"$({Run})", $"`{Run}`", $"a;{Run}", $"a|{Run}", $"a\n{Run}", $"a'{Run}'", $"a\"{Run}\"", "~", "~/x", "$HOME", "${x}", "/", "//", "*", "a?b", "a&b", "a>b"];

    public static IEnumerable<(string Key, string Value)> All =>
    [
        .. Words.Concat(MoreHosts).Select(value => ("Address", value)), .. Words.Concat(MoreUsers).Select(value => ("Username", value)), .. Ports.Select(value => ("Port", value)),
        .. Words.Take(40).Concat(Jumps).Select(value => ("ProxyJump", value)), .. Options.Select(value => ("SshOptions", value)), .. Files.SelectMany(value => new[] { ("IdentityFile", value), ("KnownHosts", value) }),
        .. Folders.Select(value => ("TempDir", value)),
    ];

    /// <summary>File names: whatever has no slash and no NUL can be one.</summary>
    public static IEnumerable<string> FileNames => Words.Concat(Folders).Concat(Options).Concat(MoreUsers)
        .Select(name => name.Replace('/', '_').Replace("\u0000", "", StringComparison.Ordinal))
        .Where(name => name is not ("" or "." or ".."))
        .Distinct(StringComparer.Ordinal);
}
