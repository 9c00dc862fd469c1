using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Daemon.Demo;

// Implementation notes
//
// sshd runs under a small sh that reads our pipe: when we die in whatever way, the pipe ends, and the sh kills the server with its sessions and removes the
// directory. SshProcess starts that sh in a session of its own, so a terminal's Ctrl-C reaches us first.
//
// The port lies below the range that the system gives to outgoing connections, so that nothing takes it between a stop and a restart.

/// <summary>A private OpenSSH server on 127.0.0.1 with throwaway keys, in a directory of its own; root is not needed.</summary>
internal sealed class ThrowawaySshd : IAsyncDisposable
{
    private const int FirstPort = 20000;
    private const int LastPort = 32000;
    private const int MostTries = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private const string Guard = """
        "$1" -D -f "$2/sshd_config" -E "$2/sshd.log" </dev/null >/dev/null 2>&1 &
        listener=$!
        echo "$listener"
        read -r word
        for child in $(cat "/proc/$listener/task/$listener/children" 2>/dev/null); do kill -KILL "$child" 2>/dev/null; done
        kill -KILL "$listener" 2>/dev/null
        wait "$listener" 2>/dev/null
        [ "$word" = stop ] || rm -rf "$2"
        """;

    private readonly string _program;
    private readonly ThrowawaySshdOptions _options;
    private SshProcess? _guard;
    private int _listener;

    private ThrowawaySshd(string program, string directory, ThrowawaySshdOptions options)
    {
        _program = program;
        _options = options;
        DirectoryPath = directory;
    }

    /// <summary>Everything of this server: keys, settings, log. Free for files of the caller; removed at the end.</summary>
    public string DirectoryPath { get; }

    public int Port { get; private set; }

    /// <summary>The account that the key opens: the one we run as.</summary>
    public string User { get; } = Environment.UserName;

    /// <summary>Private key that may log in, without passphrase.</summary>
    public string ClientKeyFile => Path.Combine(DirectoryPath, "client");

    public string AuthorizedKeysFile => Path.Combine(DirectoryPath, "authorized_keys");

    public string LogFile => Path.Combine(DirectoryPath, "sshd.log");

    /// <summary>Private; the public one has .pub behind it.</summary>
    public string HostKeyFile => Path.Combine(DirectoryPath, "host");

    public static async Task<ThrowawaySshd> StartAsync(ThrowawaySshdOptions options, CancellationToken cancellationToken)
    {
        string program = Find("sshd", "/usr/sbin", "/usr/local/sbin", "/usr/bin") ?? throw new IOException("Could not start a private sshd, because none is installed. Install openssh-server.");
        string directory = Directory.CreateTempSubdirectory("contentmonster-sshd-").FullName;
        var sshd = new ThrowawaySshd(program, directory, options);
        try
        {
            await MakeKeyAsync(sshd.HostKeyFile, passphrase: "", cancellationToken).ConfigureAwait(false);
            await MakeKeyAsync(sshd.ClientKeyFile, passphrase: "", cancellationToken).ConfigureAwait(false);
            File.Copy(sshd.ClientKeyFile + ".pub", sshd.AuthorizedKeysFile);
            if (Environment.IsPrivilegedProcess && OperatingSystem.IsLinux())
            {
                // As root, sshd insists on this directory, which a service would have made.
                Directory.CreateDirectory("/run/sshd", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                    | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);

                // Other accounts than root's have to reach their authorized_keys.
                File.SetUnixFileMode(directory, (UnixFileMode)0b111_001_001);
            }

            await sshd.ListenSomewhereAsync(cancellationToken).ConfigureAwait(false);
            return sshd;
        }
        catch
        {
            await sshd.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>An ed25519 key with this passphrase ("" for none) at this place, and its .pub beside it.</summary>
    public static Task MakeKeyAsync(string file, string passphrase, CancellationToken cancellationToken) =>
        RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-C", "throwaway", "-f", file], cancellationToken);

    /// <summary>The listener and its sessions are killed; the directory stays.</summary>
    public async Task StopAsync()
    {
        if (_guard is not { } guard)
        {
            return;
        }

        _guard = null;
        IReadOnlyList<SeenProcess> below = ProcessTree.DescendantsOf(_listener);
        try
        {
            await guard.Transport.WriteAsync("stop\n"u8.ToArray()).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The guard is gone already, and the server with it.
        }

        await guard.Exited.WaitAsync(Patience, TimeProvider.System).ConfigureAwait(false);
        ProcessTree.Kill(below.Where(IsSession));
        await guard.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>As after a reboot: the same port, the present host key and settings.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        await StopAsync().ConfigureAwait(false);
        for (int i = 0; i < MostTries; i++)
        {
            if (await TryListenAsync(cancellationToken).ConfigureAwait(false))
            {
                return;
            }
        }

        throw new IOException($"Could not start sshd on port {Port} again, because it said: {ReadLog()}");
    }

    /// <summary>All processes of the server that hold a connection or part of one; parents before children.</summary>
    public IReadOnlyList<SeenProcess> Sessions() => _guard is null ? [] : [.. ProcessTree.DescendantsOf(_listener).Where(IsSession)];

    /// <summary>Whether that process is the server's for one connection, and not the unprivileged one that some have below it.</summary>
    public bool IsOfListener(SeenProcess session) => session.Parent == _listener;

    public string ReadLog() => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    public async ValueTask DisposeAsync()
    {
        IReadOnlyList<SeenProcess> below = _guard is null ? [] : ProcessTree.DescendantsOf(_listener);
        await StopAsync().ConfigureAwait(false);

        // Commands of broken sessions would write into the directory while it is removed.
        ProcessTree.Kill(below);
        if (Directory.Exists(DirectoryPath))
        {
            Directory.Delete(DirectoryPath, recursive: true);
        }
    }

    private static bool IsSession(SeenProcess found) => found.Name.StartsWith("sshd", StringComparison.Ordinal);

    private async Task ListenSomewhereAsync(CancellationToken cancellationToken)
    {
        for (int i = 0; i < MostTries; i++)
        {
            Port = RandomNumberGenerator.GetInt32(FirstPort, LastPort);
            if (!IsFree(Port))
            {
                continue;
            }

            await WriteSettingsAsync(cancellationToken).ConfigureAwait(false);
            if (await TryListenAsync(cancellationToken).ConfigureAwait(false))
            {
                return;
            }
        }

        throw new IOException($"Could not start a private sshd, because it said: {ReadLog()}");
    }

    private async Task WriteSettingsAsync(CancellationToken cancellationToken)
    {
        string file = Path.Combine(DirectoryPath, "sshd_config");
        await File.WriteAllTextAsync(file, SettingsText(["PerSourcePenalties no"]), cancellationToken).ConfigureAwait(false);
        try
        {
            await RunAsync(_program, ["-t", "-f", file], cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Before 9.8 there were no penalties, and the word is an error. What else may be wrong is told by the second look.
            await File.WriteAllTextAsync(file, SettingsText([]), cancellationToken).ConfigureAwait(false);
            await RunAsync(_program, ["-t", "-f", file], cancellationToken).ConfigureAwait(false);
        }
    }

    private string SettingsText(string[] newer)
    {
        string sftp = _options.SftpProgram
            ?? Find("sftp-server", "/usr/lib/openssh", "/usr/libexec", "/usr/lib/ssh", "/usr/libexec/openssh", "/usr/lib") ?? "internal-sftp";
        // A home without rc files: what the account's own .bashrc does at each login (some take seconds, some lock) is no part of this server.
        IEnumerable<KeyValuePair<string, string>> own = _options.Variables.ContainsKey("HOME") ? [] : [new("HOME", DirectoryPath)];
        string variables = "SetEnv " + string.Join(' ', own.Concat(_options.Variables).Select(pair => $"\"{pair.Key}={pair.Value}\""));
        string[] lines =
        [
            .. _options.ConfigLines,
            $"Port {Port}", "ListenAddress 127.0.0.1", $"HostKey {HostKeyFile}", $"AuthorizedKeysFile {AuthorizedKeysFile}", $"Subsystem sftp {sftp}",
            "UsePAM no", "StrictModes no", "PidFile none", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin yes",
            "MaxStartups 100", "MaxSessions 100", "UseDNS no", "X11Forwarding no", "PrintMotd no", "PrintLastLog no", "LogLevel VERBOSE",
            variables, .. newer, .. _options.MatchLines,
        ];
        return string.Join('\n', lines) + "\n";
    }

    private async Task<bool> TryListenAsync(CancellationToken cancellationToken)
    {
        int logBefore = ReadLog().Length;
        SshProcess guard = SshProcess.StartLocal("sh", ["-c", Guard.ReplaceLineEndings("\n"), "sh", _program, DirectoryPath]);
        _guard = guard;
        byte[] line = new byte[32];
        int length = 0;
        while (length == 0 || line[length - 1] != '\n')
        {
            int count = await guard.Transport.ReadAsync(line.AsMemory(length), cancellationToken).ConfigureAwait(false);
            length += count > 0 ? count : throw new IOException($"Could not start a private sshd, because sh said: {guard.ErrorText}");
        }

        _listener = int.Parse(Encoding.ASCII.GetString(line, 0, length - 1), CultureInfo.InvariantCulture);
        long start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < Patience)
        {
            string said = ReadLog()[logBefore..];
            if (said.Contains("Server listening on 127.0.0.1", StringComparison.Ordinal))
            {
                return true;
            }

            if (said.Contains("Cannot bind", StringComparison.Ordinal) || said.Contains("fatal", StringComparison.Ordinal))
            {
                break;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }

        await StopAsync().ConfigureAwait(false);
        return false;
    }

    private static async Task RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        SshProcess process = SshProcess.StartLocal(program, arguments);
        await using (process.ConfigureAwait(false))
        {
            await process.Transport.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
            SshExit exit = await process.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (exit.ExitCode != 0)
            {
                throw new IOException($"Could not prepare a private sshd, because {program} said: {exit.ErrorText.Trim()}");
            }
        }
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string? Find(string name, params string[] directories) =>
        directories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);
}
