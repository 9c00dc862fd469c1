using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ContentMonster.Tests.Servers;

/// <summary>A port of loopback at which no SSH server answers: what is said to whoever comes is given.</summary>
internal sealed class OddPort : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly ConcurrentBag<Task> _talks = [];
    private readonly Func<Socket, CancellationToken, Task> _talk;
    private readonly Task _accepting;
    private int _accepted; // by Interlocked

    private OddPort(Func<Socket, CancellationToken, Task> talk)
    {
        _talk = talk;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections ever tried.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>One more byte of a first line that never ends, after each pause.</summary>
    public static OddPort ThatTrickles(TimeSpan pause) => new(async (client, token) =>
    {
        for (int at = 0; true; at++)
        {
            await client.SendAsync(new[] { at < 8 ? "SSH-2.0-"u8[at] : (byte)'x' }, token);
            await Task.Delay(pause, TimeProvider.System, token);
        }
    });

    /// <summary>Says this to whatever comes first, and hangs up or stays.</summary>
    public static OddPort ThatAnswers(byte[] answer, bool hangsUp) => new(async (client, token) =>
    {
        await client.ReceiveAsync(new byte[1024], token);
        await client.SendAsync(answer, token);
        if (hangsUp)
        {
            client.Shutdown(SocketShutdown.Send);
        }

        while (await client.ReceiveAsync(new byte[1024], token) > 0)
        {
        }
    });

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_talks);
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptSocketAsync(_over.Token);
                Interlocked.Increment(ref _accepted);
                _talks.Add(TalkAsync(client));
            }
        }
        catch (Exception ending) when (ending is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed of.
        }
    }

    private async Task TalkAsync(Socket client)
    {
        using (client)
        {
            try
            {
                await _talk(client, _over.Token);
            }
            catch (Exception ending) when (ending is OperationCanceledException or SocketException)
            {
                // The other end, or the test, has gone.
            }
        }
    }
}
