using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using ContentMonster.Daemon.Demo;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Servers;

/// <summary>
/// A private Dropbear with OpenSSH's sftp-server on 127.0.0.1. This version of it reads keys from home directories only, so it serves a throwaway
/// account (root only), with <see cref="ClientKeyFile"/> or the account's password.
/// </summary>
internal sealed class ThrowawayDropbear : IAsyncDisposable
{
    private readonly SshProcess _server;
    private readonly string _directory;

    private ThrowawayDropbear(SshProcess server, string directory, ThrowawayUser user, int port)
    {
        _server = server;
        _directory = directory;
        User = user;
        Port = port;
    }

    public ThrowawayUser User { get; }

    public int Port { get; }

    public string ClientKeyFile => Path.Combine(_directory, "client");

    public string KnownHostsFile => Path.Combine(_directory, "known_hosts");

    public static async Task<ThrowawayDropbear> StartAsync()
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/dropbear"), "Dropbear is not installed (dropbear-bin).");
        ThrowawayUser user = await ThrowawayUser.MakeAsync();
        string directory = Directory.CreateTempSubdirectory("contentmonster-dropbear-").FullName;
        string hostKey = Path.Combine(directory, "host");
        (await ProcessText.RunAsync("dropbearkey", ["-t", "ed25519", "-f", hostKey])).Exit.ExitCode.ShouldBe(0);
        string clientKey = Path.Combine(directory, "client");
        await ThrowawaySshd.MakeKeyAsync(clientKey, "", TestContext.Current.CancellationToken);
        string script = """
            mkdir -m 700 "$1/.ssh" && cp "$2" "$1/.ssh/authorized_keys" && chmod 600 "$1/.ssh/authorized_keys" && chown -R "$3" "$1/.ssh"
            """;
        (await ProcessText.RunAsync("sh", ["-c", script, "sh", user.Home, clientKey + ".pub", user.Name])).Exit.ExitCode.ShouldBe(0);

        // The sh ends Dropbear when our end of its input is gone, however that came about.
        int port = FreePort();
        SshProcess server = SshProcess.StartLocal(
            "sh", ["-c", "dropbear -F -E -p \"127.0.0.1:$1\" -r \"$2\" -P \"$3/pid\" </dev/null & p=$!; read -r word; kill \"$p\"; wait \"$p\"", "sh", $"{port}", hostKey, directory]);
        await Eventually.BeTrueAsync(() => server.ErrorText.Contains("Not backgrounding", StringComparison.Ordinal), "Dropbear starts");
        await Eventually.BeTrueAsync(() => Answers(port), "Dropbear listens");
        return new ThrowawayDropbear(server, directory, user, port);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await User.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static int FreePort()
    {
        for (; ; )
        {
            int port = RandomNumberGenerator.GetInt32(20000, 32000);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken; another one then.
            }
        }
    }

    private static bool Answers(int port)
    {
        using var client = new TcpClient();
        try
        {
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
