using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Tests.Kills;

/// <summary>
/// Stands between a vessel's sshd and the sftp-server or sh that a login starts: what goes through is read packet by packet, so that something
/// can happen exactly before, in or after the Nth request of a kind.
/// </summary>
internal sealed class VesselRelay : IAsyncDisposable
{
    private readonly TcpListener _sftp = new(IPAddress.Loopback, 0);
    private readonly TcpListener _shell = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly ConcurrentDictionary<Task, bool> _running = new();
    private readonly ConcurrentDictionary<SshProcess, string> _programs = new();
    private readonly string _home;
    private readonly Task _accepting;

    // The trip and how often what it waits for was seen; replaced as one by Arm.
    private volatile Armed? _armed;

    public VesselRelay(string home)
    {
        _home = home;
        _sftp.Start();
        _shell.Start();
        _accepting = Task.WhenAll(AcceptAsync(_sftp, "sftp-server", () => $"cd '{home}' && exec {Under}{SftpServer}"), AcceptAsync(_shell, "sh", () => $"cd '{home}' && HOME='{home}' exec sh"));
    }

    /// <summary>The line of sshd_config that sends every login through here.</summary>
    public string Login =>
        $"ForceCommand case \"$SSH_ORIGINAL_COMMAND\" in *sftp*) exec busybox nc 127.0.0.1 {PortOf(_sftp)};; *) exec busybox nc 127.0.0.1 {PortOf(_shell)};; esac";

    private static string SftpServer =>
        new[] { "/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/libexec/sftp-server", "/usr/lib/ssh/sftp-server" }.First(File.Exists);

    /// <summary>What sftp-server runs under from its next start on, with a space at the end.</summary>
    public string Under { get; set; } = "";

    /// <summary>From now on; replaces one that was armed and not reached.</summary>
    public void Arm(Trip? trip) => _armed = trip is null ? null : new Armed(trip);

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _sftp.Dispose();
        _shell.Dispose();
        await _accepting;
        await Task.WhenAll(_running.Keys);
        _over.Dispose();
    }

    private static string PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

    private async Task AcceptAsync(TcpListener listener, string name, Func<string> command)
    {
        try
        {
            while (true)
            {
                Socket client = await listener.AcceptSocketAsync(_over.Token);
                var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                Task serving = ServeAsync(client, name, command(), begun.Task);
                _running[serving] = true;
                _ = serving.ContinueWith(ended => _running.TryRemove(ended, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                begun.SetResult();
            }
        }
        catch (Exception ending) when (ending is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed of.
        }
    }

    private async Task ServeAsync(Socket client, string name, string command, Task begun)
    {
        await begun;
        using (client)
        {
            await using SshProcess program = SshProcess.StartLocal("sh", ["-c", command]);
            _programs[program] = name;
            await using var stream = new NetworkStream(client, ownsSocket: false);
            var talk = new RelayedTalk(isSftp: name != "sh", () => _armed);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(_over.Token);
            Task up = EndingAsync(talk.UpAsync(stream, program.Transport, ending.Token), () => ((ChildStream)program.Transport).EndInput());
            Task down = EndingAsync(talk.DownAsync(program.Transport, stream, ending.Token), () => client.Close());

            // The program may go on alone for a while after its connection has broken, as a real one does; its own end ends all.
            await down;
            await ending.CancelAsync();
            await up;
            _programs.TryRemove(program, out _);
        }
    }

    private static async Task EndingAsync(Task pump, Action end)
    {
        try
        {
            await pump;
        }
        catch (Exception ending) when (ending is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // One of the two ends is gone.
        }

        end();
    }
}

/// <summary>A trip that waits, with what it has seen.</summary>
internal sealed class Armed(Trip trip)
{
    private int _seen; // by Interlocked

    public Trip Trip => trip;

    /// <summary>True for the Nth sight, once.</summary>
    public bool Sees(string asked) => asked == trip.Asked && Interlocked.Increment(ref _seen) == trip.Number;
}
