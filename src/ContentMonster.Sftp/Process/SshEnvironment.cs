using System.Runtime.InteropServices;

namespace ContentMonster.Sftp.Process;

/// <summary>
/// The small environment that ssh gets. Debian's ssh_config sends LANG and LC_* to the server, and ProxyCommand inherits everything, so nothing goes
/// along that ssh does not need.
/// </summary>
internal static class SshEnvironment
{
    /// <summary>Tells the askpass helper where to ask: a path, no secret.</summary>
    public const string AskpassSocket = "CONTENTMONSTER_ASKPASS";

    // Where an agent is; ssh_config names sockets below the second one, and ssh ends where it is not set.
    private static readonly string[] Sockets = ["SSH_AUTH_SOCK", "XDG_RUNTIME_DIR"];

    public static Dictionary<string, string> Plain()
    {
        string user = Environment.UserName;
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = Own("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
            ["PATH"] = Own("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
            ["USER"] = Own("USER") ?? user,
            ["LOGNAME"] = Own("LOGNAME") ?? user,
        };
        foreach (string socket in Sockets)
        {
            if (Own(socket) is { } place)
            {
                environment[socket] = place;
            }
        }

        return environment;
    }

    public static Dictionary<string, string> WithAskpass(string program, string socketPath)
    {
        Dictionary<string, string> environment = Plain();
        environment["SSH_ASKPASS"] = program;
        environment["SSH_ASKPASS_REQUIRE"] = "force";

        // Before OpenSSH 8.4 ssh asks the helper only where there is a display. X11 is not forwarded.
        environment["DISPLAY"] = ":0";
        environment[AskpassSocket] = socketPath;

        FindRuntime(environment);
        return environment;
    }

    /// <summary>Adds the order for <see cref="SocketOpener"/>.</summary>
    public static Dictionary<string, string> WithSocket(Dictionary<string, string> environment, SocketOrder order)
    {
        environment[SocketOrder.Variable] = order.ToString();
        FindRuntime(environment);
        return environment;
    }

    // Our executable is a .NET program: where the runtime is not in a well-known place, it would not be found without this.
    private static void FindRuntime(Dictionary<string, string> environment)
    {
        string root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        if (Directory.Exists(Path.Combine(root, "host", "fxr")))
        {
            environment["DOTNET_ROOT"] = root;
        }

        // It lives for milliseconds: no time to spend on a profile-guided second compilation or on diagnostics pipes.
        environment["DOTNET_TieredPGO"] = "0";
        environment["DOTNET_EnableDiagnostics"] = "0";
    }

    /// <summary>A path as ssh_config has it, "~/" at its beginning written out.</summary>
    public static string ExpandHome(string path) => path.StartsWith("~/", StringComparison.Ordinal) ? Home + path[1..] : path;

    public static string Home => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private static string? Own(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
