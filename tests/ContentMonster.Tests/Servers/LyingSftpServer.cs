using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ContentMonster.Sftp.Wire;

namespace ContentMonster.Tests.Servers;

/// <summary>
/// Stands between sshd and the real sftp-server and changes what each says to the other. sshd starts <see cref="Command"/> as its subsystem, which
/// leads the session here.
/// </summary>
internal sealed class LyingSftpServer : IAsyncDisposable
{
    private const string Program = "/usr/lib/openssh/sftp-server";
    private readonly string _home;
    private readonly Func<byte[], (byte[]? On, byte[]? Back)> _asked;
    private readonly Func<byte[], byte[]> _answered;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    /// <param name="home">Where its sessions begin.</param>
    /// <param name="asked">A request as it came (type, id, body): what goes on to the server, and what is answered at once.</param>
    /// <param name="answered">A reply as it came: what the client gets, with its length in front.</param>
    public LyingSftpServer(string home, Func<byte[], (byte[]? On, byte[]? Back)> asked, Func<byte[], byte[]> answered)
    {
        (_home, _asked, _answered) = (home, asked, answered);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Command => $"busybox nc 127.0.0.1 {((IPEndPoint)_listener.LocalEndpoint).Port}";

    public int Sessions { get; private set; }

    /// <summary>What a request waits for before it is looked at, and all that come after it on its connection.</summary>
    public Func<byte[], Task> Holds { get; init; } = static _ => Task.CompletedTask;

    public static byte[] Framed(byte[] packet)
    {
        byte[] framed = new byte[packet.Length + WireLimits.LengthField];
        BinaryPrimitives.WriteInt32BigEndian(framed, packet.Length);
        packet.CopyTo(framed, WireLimits.LengthField);
        return framed;
    }

    /// <summary>A request as a file system gets it that does not tell upper from lower case: the last element of each path in small letters.</summary>
    public static byte[] Folded(byte[] request)
    {
        if ((PacketType)request[0] is not (PacketType.Open or PacketType.LinkStat or PacketType.Stat or PacketType.Remove))
        {
            return request;
        }

        byte[] folded = [.. request];
        Span<byte> path = folded.AsSpan(9, BinaryPrimitives.ReadInt32BigEndian(request.AsSpan(5)));
        Ascii.ToLowerInPlace(path[(path.LastIndexOf((byte)'/') + 1)..], out _);
        return folded;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> sessions = [];
        try
        {
            while (true)
            {
                sessions.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
                Sessions++;
            }
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }

        await Task.WhenAll(sessions);
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            NetworkStream near = client.GetStream();
            using Process server = Process.Start(new ProcessStartInfo(Program) { WorkingDirectory = _home, RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
            using var turn = new SemaphoreSlim(1);
            await Task.WhenAny(RequestsAsync(near, server, turn), RepliesAsync(near, server, turn));
            server.Kill();
            await server.WaitForExitAsync(CancellationToken.None);
        }
    }

    private async Task RequestsAsync(NetworkStream near, Process server, SemaphoreSlim turn)
    {
        while (await PacketAsync(near) is { } packet)
        {
            await Holds(packet).WaitAsync(_stop.Token);
            (byte[]? on, byte[]? back) = _asked(packet);
            if (on is not null)
            {
                await server.StandardInput.BaseStream.WriteAsync(Framed(on), _stop.Token);
                await server.StandardInput.BaseStream.FlushAsync(_stop.Token);
            }

            if (back is not null)
            {
                await SendAsync(near, Framed(back), turn);
            }
        }
    }

    private async Task RepliesAsync(NetworkStream near, Process server, SemaphoreSlim turn)
    {
        while (await PacketAsync(server.StandardOutput.BaseStream) is { } packet)
        {
            await SendAsync(near, _answered(packet), turn);
        }
    }

    private async Task SendAsync(NetworkStream near, byte[] bytes, SemaphoreSlim turn)
    {
        await turn.WaitAsync(_stop.Token);
        try
        {
            await near.WriteAsync(bytes, _stop.Token);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<byte[]?> PacketAsync(Stream from)
    {
        try
        {
            byte[] length = new byte[WireLimits.LengthField];
            await from.ReadExactlyAsync(length, _stop.Token);
            byte[] packet = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
            await from.ReadExactlyAsync(packet, _stop.Token);
            return packet;
        }
        catch (Exception over) when (over is IOException or OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
    }
}
