using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace ContentMonster.Tests.Servers;

/// <summary>A TCP hop on loopback between daemon and sshd: counts bytes and connections, and can fall silent or be cut.</summary>
internal sealed class CountingProxy : IAsyncDisposable
{
    public static readonly TimeSpan Drop = TimeSpan.FromMilliseconds(500);
    private const int BlockInBytes = 32 << 10;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _over = new();
    private readonly ConcurrentDictionary<Socket, Task> _connections = new();
    private readonly ConcurrentBag<Socket> _unanswered = [];
    private readonly int _target;
    private readonly Task _accepting;

    // Completed while bytes may pass.
    private volatile TaskCompletionSource _flow = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<long> _silent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _silentAfter = long.MaxValue; // by Volatile: bytes towards the server after which it falls silent
    private long _cutAt = long.MaxValue; // by Interlocked: total of bytes towards the server at which every connection is reset
    private long _flipUpAt = long.MaxValue; // by Interlocked: total of bytes towards the server at which a bit is flipped
    private long _flipDownAt = long.MaxValue; // likewise towards the daemon
    private int _flips; // by Interlocked
    private volatile int _dripInBytes = int.MaxValue; // towards the daemon, at once
    private volatile bool _refuses;
    private volatile bool _answersOne;
    private TimeSpan _way; // written before anybody connects
    private int _cuts; // by Interlocked
    private long _sent; // by Interlocked
    private long _received; // by Interlocked
    private int _accepted; // by Interlocked

    /// <param name="target">A port of this machine's loopback.</param>
    /// <param name="listener">Where it is reached; null: on the loopback, too.</param>
    public CountingProxy(int target, TcpListener? listener = null)
    {
        _target = target;
        _listener = listener ?? new TcpListener(IPAddress.Loopback, 0);
        _flow.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Bytes that came from the daemon and went on.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Bytes that came from the server and went on.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Connections ever tried.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    public int Open => _connections.Count;

    /// <summary>When it first fell silent with somebody connected, as a timestamp.</summary>
    public Task<long> Silent => _silent.Task;

    /// <summary>Nothing passes in either direction any more; connections stay open, new ones are taken.</summary>
    public void FallSilent()
    {
        _flow = new(TaskCreationOptions.RunContinuationsAsynchronously);
        NoteSilence();
    }

    /// <summary>As <see cref="FallSilent"/>, once this many more bytes have gone to the server.</summary>
    public void FallSilentAfter(long bytes) => Volatile.Write(ref _silentAfter, Sent + bytes);

    public void SpeakAgain()
    {
        Volatile.Write(ref _silentAfter, long.MaxValue);
        _flow.TrySetResult();
    }

    /// <summary>Towards the daemon only so many bytes come at once, with <see cref="Drop"/> between them: slow, and never silent for longer.</summary>
    public void Drip(int bytes) => _dripInBytes = bytes;

    public void Pour() => _dripInBytes = int.MaxValue;

    /// <summary>Every byte takes so long in either direction; for connections from now on.</summary>
    public void Lengthen(TimeSpan way) => _way = way;

    /// <summary>Resets made by <see cref="CutAfter"/>.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>Every connection is reset once exactly so many more bytes have gone to the server.</summary>
    public void CutAfter(long bytes) => Interlocked.Exchange(ref _cutAt, Sent + bytes);

    /// <summary>Bits flipped by <see cref="FlipAfter"/>.</summary>
    public int Flips => Volatile.Read(ref _flips);

    /// <summary>One bit of the byte that comes after so many more is another one: TCP, whose checksums are made anew here, does not notice.</summary>
    public void FlipAfter(long bytes, bool upwards) =>
        _ = upwards ? Interlocked.Exchange(ref _flipUpAt, Sent + bytes) : Interlocked.Exchange(ref _flipDownAt, Received + bytes);

    /// <summary>As a host without a server: whatever comes is reset, and what is open too.</summary>
    public void Refuse()
    {
        _refuses = true;
        Cut();
    }

    /// <summary>A further connection is taken and never answered while there is one.</summary>
    public void AnswerOneAtATime() => _answersOne = true;

    public void ServeAgain() => _refuses = false;

    /// <summary>Every connection is reset.</summary>
    public void Cut()
    {
        foreach (Socket client in _connections.Keys)
        {
            client.Close(0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Dispose();
        Cut();
        await _accepting;
        await Task.WhenAll(_connections.Values);
        foreach (Socket client in _unanswered)
        {
            client.Dispose();
        }

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
                if (_refuses)
                {
                    client.Close(0);
                    continue;
                }

                if (_answersOne && !_connections.IsEmpty)
                {
                    _unanswered.Add(client);
                    continue;
                }

                var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _connections[client] = CarryAsync(client, begun.Task);
                NoteSilence();
                begun.SetResult();
            }
        }
        catch (Exception ending) when (ending is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed of.
        }
    }

    private void NoteSilence()
    {
        if (!_flow.Task.IsCompleted && !_connections.IsEmpty)
        {
            _silent.TrySetResult(TimeProvider.System.GetTimestamp());
        }
    }

    private async Task CarryAsync(Socket client, Task begun)
    {
        await begun;
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target, _over.Token);
            Task up = PumpAsync(client, server, upwards: true);
            Task down = PumpAsync(server, client, upwards: false);
            await Task.WhenAny(up, down);
            server.Close(0);
            client.Close(0);
            await Task.WhenAll(up, down);
        }
        catch (Exception ending) when (ending is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            client.Close(0);
        }
        finally
        {
            _connections.TryRemove(client, out _);
        }
    }

    private async Task DripAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > _dripInBytes)
        {
            int drop = _dripInBytes;
            await to.SendAsync(bytes[..drop], _over.Token);
            bytes = bytes[drop..];
            await Task.Delay(Drop, TimeProvider.System, _over.Token);
        }

        await to.SendAsync(bytes, _over.Token);
    }

    private async Task PumpAsync(Socket from, Socket to, bool upwards)
    {
        try
        {
            if (_way == TimeSpan.Zero)
            {
                await ReadAsync(from, block => PassAsync(block, to, upwards));
                return;
            }

            var line = Channel.CreateUnbounded<(long Came, byte[] Block)>();
            Task passing = PassLaterAsync(line.Reader, to, upwards);
            try
            {
                await ReadAsync(from, block => line.Writer.WriteAsync((TimeProvider.System.GetTimestamp(), block.ToArray()), _over.Token).AsTask());
            }
            finally
            {
                line.Writer.Complete();
                await passing;
            }
        }
        catch (Exception ending) when (ending is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The other end, or the test, has gone.
        }
    }

    private async Task ReadAsync(Socket from, Func<ReadOnlyMemory<byte>, Task> pass)
    {
        byte[] block = new byte[BlockInBytes];
        while (await from.ReceiveAsync(block, _over.Token) is > 0 and int count)
        {
            await pass(block.AsMemory(0, count));
        }
    }

    private async Task PassLaterAsync(ChannelReader<(long Came, byte[] Block)> line, Socket to, bool upwards)
    {
        await foreach ((long came, byte[] block) in line.ReadAllAsync(_over.Token))
        {
            TimeSpan left = _way - TimeProvider.System.GetElapsedTime(came);
            if (left > TimeSpan.Zero)
            {
                await Task.Delay(left, TimeProvider.System, _over.Token);
            }

            await PassAsync(block, to, upwards);
        }
    }

    private async Task PassAsync(ReadOnlyMemory<byte> block, Socket to, bool upwards)
    {
        if (upwards && Sent >= Volatile.Read(ref _silentAfter) && _flow.Task.IsCompleted)
        {
            FallSilent();
        }

        await _flow.Task.WaitAsync(_over.Token);
        FlipIn(block, upwards);
        int allowed = upwards ? (int)Math.Clamp(Interlocked.Read(ref _cutAt) - Sent, 0, block.Length) : block.Length;
        await (upwards ? to.SendAsync(block[..allowed], _over.Token).AsTask() : DripAsync(to, block));
        _ = upwards ? Interlocked.Add(ref _sent, allowed) : Interlocked.Add(ref _received, allowed);
        if (allowed < block.Length && Interlocked.Exchange(ref _cutAt, long.MaxValue) != long.MaxValue)
        {
            Interlocked.Increment(ref _cuts);
            Cut();
        }
    }

    // The block lies in a buffer of ours.
    private void FlipIn(ReadOnlyMemory<byte> block, bool upwards)
    {
        ref long at = ref upwards ? ref _flipUpAt : ref _flipDownAt;
        long offset = Interlocked.Read(ref at) - (upwards ? Sent : Received);
        if (offset < block.Length && Interlocked.Exchange(ref at, long.MaxValue) != long.MaxValue)
        {
            MemoryMarshal.AsMemory(block).Span[(int)Math.Max(0, offset)] ^= 0x10;
            Interlocked.Increment(ref _flips);
        }
    }
}
