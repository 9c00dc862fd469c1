using System.Net.Sockets;

namespace ContentMonster.Sftp.Process;

// Implementation notes
//
// Numbers from linux/tcp.h; what they do: tcp(7), and for what is newer than that page Documentation/networking/ip-sysctl.rst of the kernel. Each is a
// help, none is needed: what a kernel does not know or allow is left as it was.
//
// TCP_RTO_MAX_MS (44, since Linux 6.15; see tcp_rto_max_ms there): in an outage TCP waits twice as long before each next attempt, up to two minutes. So
// after an outage of 20 s the link is back for up to 20 s more before anybody notices. With a ceiling of a second it is one, and many an outage as long as
// Timeout is outlived: with two seconds, lanes broke in three of three outages of 10 s. The price is one segment every second into a dead link. A
// ceiling below the link's own round trip would send again what is only slow, so it is kept at a multiple of that, as long as we have a descriptor of the
// connection. On 64 kbit/s the round trip becomes eight seconds, for the segments wait in the link's queue. Where we have none, it stays at two
// seconds, or a multiple of the handshake's round trip. Older kernels keep their exponential pause; our own deadline (Timeout) ends it.
//
// Connecting: SYNs that stay without answer are repeated each second five times, then after 2, 4, 8 s (tcp_syn_linear_timeouts, since Linux 6.5; with the
// ceiling the last two are 2 s too). Older ones repeat after 1, 2, 4 s, which within the default Timeout (10 s) leaves a gap of 4 s at most: not worth a second
// connection beside the first, which a server may count as an attempt to log in that failed (PerSourcePenalties, MaxStartups of sshd_config(5)).

/// <summary>The options of the connections that we open for ssh.</summary>
internal static class SocketOptions
{
    private const int KeepIdle = 4;
    private const int KeepInterval = 5;
    private const int KeepCount = 6;
    private const int Info = 11;
    private const int UserTimeout = 18;
    private const int NotSentLowWater = 25;
    private const int LongestRetransmissionPause = 44;

    // Longer than our own deadline on progress: it only ends what nobody waits for any more.
    private static readonly TimeSpan LeastUserTimeout = TimeSpan.FromSeconds(20);

    // Unsent bytes above this wait in ssh, not in the kernel: a request behind them is not held up by megabytes.
    private const int NotSentLowWaterBytes = 256 << 10;

    private static readonly TimeSpan CeilingAtFirst = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CeilingFollowed = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HighestCeiling = TimeSpan.FromSeconds(120);
    private const int RoundTripsBelowCeiling = 4;
    private const int AttemptsBeforeTheEnd = 6;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    /// <summary>Before connecting.</summary>
    public static void Set(Socket socket, SocketOrder order)
    {
        if (order.CongestionControl is { } congestion)
        {
            TcpCongestion.TrySet(socket, congestion);
        }

        TrySet(socket, UserTimeout, (int)Unacknowledged(order, TimeSpan.Zero).TotalMilliseconds);
        TrySet(socket, NotSentLowWater, NotSentLowWaterBytes);
        TrySet(socket, LongestRetransmissionPause, (int)CeilingAtFirst.TotalMilliseconds);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        TrySet(socket, KeepIdle, 15);
        TrySet(socket, KeepInterval, 5);
        TrySet(socket, KeepCount, 3);
    }

    /// <summary>Once connected: the handshake has shown how long a round trip is.</summary>
    public static void Adapt(Socket socket) => TrySet(socket, LongestRetransmissionPause, (int)CeilingOf(socket, CeilingAtFirst).TotalMilliseconds);

    /// <summary>Keeps to the round trip of a connection in use until a task is complete.</summary>
    public static async Task FollowAsync(Socket socket, SocketOrder order, TimeProvider time, Task over)
    {
        using var enough = new CancellationTokenSource();
        TimeSpan ceiling = TimeSpan.Zero;
        while (!over.IsCompleted)
        {
            if (CeilingOf(socket, CeilingFollowed) is var now && now != ceiling)
            {
                ceiling = now;
                TrySet(socket, LongestRetransmissionPause, (int)now.TotalMilliseconds);
                TrySet(socket, UserTimeout, (int)Unacknowledged(order, now).TotalMilliseconds);
            }

            await Task.WhenAny(over, Task.Delay(BetweenLooks, time, enough.Token)).ConfigureAwait(false);
        }

        await enough.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Before the last descriptor is closed: what the kernel was given and has not sent yet is thrown away with the connection. Whoever gave it has gone, it
    /// will be sent anew, and on a slow link it would be in the way of that for minutes. An orderly end leaves nothing unsent.
    /// </summary>
    public static void DropUnsent(Socket socket)
    {
        if (Facts(socket) is { BytesUnsent: > 0 })
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
    }

    // How long bytes may be under way before the kernel ends the connection: several attempts, and longer than our own deadline.
    private static TimeSpan Unacknowledged(SocketOrder order, TimeSpan ceiling) =>
        new[] { order.Patience * 2, order.Silence * 2, ceiling * AttemptsBeforeTheEnd, LeastUserTimeout }.Max();

    private static TimeSpan CeilingOf(Socket socket, TimeSpan least) => CeilingFor(Facts(socket)?.RoundTrip ?? TimeSpan.Zero, least);

    /// <summary>The longest pause between two attempts to get a segment through.</summary>
    public static TimeSpan CeilingFor(TimeSpan roundTrip, TimeSpan least)
    {
        TimeSpan wanted = roundTrip * RoundTripsBelowCeiling;
        return wanted < least ? least : wanted > HighestCeiling ? HighestCeiling : wanted;
    }

    private static TcpFacts? Facts(Socket socket)
    {
        byte[] info = new byte[TcpInfoLayout.Length];
        try
        {
            int length = socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, Info, info);
            return TcpInfoLayout.Read(info.AsSpan(0, length), null);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static void TrySet(Socket socket, int option, int value)
    {
        try
        {
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, option, BitConverter.GetBytes(value));
        }
        catch (SocketException)
        {
            // See the notes above.
        }
    }
}
