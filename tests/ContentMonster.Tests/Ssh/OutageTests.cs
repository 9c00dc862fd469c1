using System.Net;
using System.Net.Sockets;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Ssh;

/// <summary>A link that is gone for some seconds while bytes are on the way, under the real TCP.</summary>
public sealed class OutageTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_of_ours_never_waits_longer_than_a_second_for_its_next_attempt()
    {
        using LinkedStacks stacks = LinkedStacks.Make();
        using Socket listener = LinkedStacks.In(stacks.Far, Listen);
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        var order = new SocketOrder(LinkedStacks.FarAddress, port, "reno", TimeSpan.FromSeconds(60));
        using Socket ours = LinkedStacks.In(stacks.Near, () => SocketConnector.ConnectAsync(order, TimeProvider.System, knock: null, Token).GetAwaiter().GetResult());
        using Socket oursThere = await listener.AcceptAsync(Token);
        using Socket plain = LinkedStacks.In(stacks.Near, () => Connected(port));
        using Socket plainThere = await listener.AcceptAsync(Token);
        var over = new TaskCompletionSource();
        Task following = SocketOptions.FollowAsync(ours, order, TimeProvider.System, over.Task);
        stacks.Cut();
        await ours.SendAsync(new byte[1000], Token);
        await plain.SendAsync(new byte[1000], Token);
        await Eventually.BeTrueAsync(() => Backoff(plain) >= 4 && Backoff(ours) >= 4, "both were to try four times", (int)Deadline.TotalSeconds);
        Pause(plain).ShouldBeGreaterThan(TimeSpan.FromSeconds(2));
        if (Ceiling(ours) is not null)
        {
            // Older kernels (before Linux 6.15) have no such option and wait as they always did.
            Pause(ours).ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(1));
        }

        stacks.Mend();
        await oursThere.ReceiveAsync(new byte[1000], Token).AsTask().WaitAsync(Deadline, TimeProvider.System, Token);
        over.SetResult();
        await following.WaitAsync(Deadline, TimeProvider.System, Token);
    }

    [Fact]
    public async Task In_a_slow_links_queue_the_ceiling_rises_with_the_round_trip_and_what_comes_out_of_order_has_arrived()
    {
        using LinkedStacks stacks = LinkedStacks.Make();
        using Socket listener = LinkedStacks.In(stacks.Far, Listen);
        var order = new SocketOrder(LinkedStacks.FarAddress, ((IPEndPoint)listener.LocalEndPoint!).Port, "reno", TimeSpan.FromSeconds(60));
        using Socket ours = LinkedStacks.In(stacks.Near, () => SocketConnector.ConnectAsync(order, TimeProvider.System, knock: null, Token).GetAwaiter().GetResult());
        using Socket there = await listener.AcceptAsync(Token);
        Assert.SkipUnless(Ceiling(ours) is not null, "Linux before 6.15 has no ceiling to set.");
        Ceiling(ours).ShouldBe(2_000);

        // The queue holds a second, and the slow start overfills it.
        stacks.Slow(256_000, 32_768);
        var over = new TaskCompletionSource();
        Task following = SocketOptions.FollowAsync(ours, order, TimeProvider.System, over.Task);
        Ceiling(ours).ShouldBe(1_000);
        Task<int> sent = ours.SendAsync(new byte[200_000], Token).AsTask();
        await Eventually.BeTrueAsync(() => Facts(ours) is var facts && facts.SegmentsOutOfOrder > 0 && facts.BytesArrived > facts.BytesAcknowledged, "a segment was lost", (int)Deadline.TotalSeconds);
        await Eventually.BeTrueAsync(() => Ceiling(ours) > 1_500, "the ceiling is above the round trip", (int)Deadline.TotalSeconds);
        await sent;
        over.SetResult();
        await following.WaitAsync(Deadline, TimeProvider.System, Token);
        byte[] rest = new byte[200_000];
        for (int got = 0; got < rest.Length;)
        {
            got += await there.ReceiveAsync(rest, Token).AsTask().WaitAsync(Deadline, TimeProvider.System, Token);
        }

        await Eventually.BeTrueAsync(() => Facts(ours) is { SegmentsUnacknowledged: 0 } facts && facts.BytesArrived == facts.BytesAcknowledged, "all has arrived");
    }

    [Theory]
    [InlineData(400_000, false)]
    [InlineData(1_000, true)]
    public async Task What_was_not_sent_yet_goes_with_an_abandoned_connection_and_an_orderly_end_loses_nothing(int bytes, bool orderly)
    {
        using LinkedStacks stacks = LinkedStacks.Make();
        using Socket listener = LinkedStacks.In(stacks.Far, Listen);
        var order = new SocketOrder(LinkedStacks.FarAddress, ((IPEndPoint)listener.LocalEndPoint!).Port, "reno", TimeSpan.FromSeconds(60));
        Socket ours = LinkedStacks.In(stacks.Near, () => SocketConnector.ConnectAsync(order, TimeProvider.System, knock: null, Token).GetAwaiter().GetResult());
        using Socket there = await listener.AcceptAsync(Token);
        stacks.Slow(256_000, 32_768);
        Task sending = ours.SendAsync(new byte[bytes], Token).AsTask();
        await Eventually.BeTrueAsync(() => Facts(ours) is var facts && (orderly ? facts.BytesAcknowledged >= bytes : facts.BytesUnsent > 0), "it is on its way");
        SocketOptions.DropUnsent(ours);
        ours.Dispose();
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        (int got, bool reset) = await ReadToEndAsync(there, bytes);
        reset.ShouldBe(!orderly);
        got.ShouldBeInRange(orderly ? bytes : 0, orderly ? bytes : bytes / 2);
    }

    [Theory]
    [InlineData(0, 1_000, 1_000)]
    [InlineData(80, 1_000, 1_000)]
    [InlineData(80, 2_000, 2_000)]
    [InlineData(600, 1_000, 2_400)]
    [InlineData(1_500, 2_000, 6_000)]
    [InlineData(60_000, 1_000, 120_000)]
    public void The_ceiling_stays_above_the_links_own_round_trip(int roundTripMilliseconds, int leastMilliseconds, int ceilingMilliseconds) =>
        SocketOptions.CeilingFor(TimeSpan.FromMilliseconds(roundTripMilliseconds), TimeSpan.FromMilliseconds(leastMilliseconds)).ShouldBe(TimeSpan.FromMilliseconds(ceilingMilliseconds));

    private static async Task<(int Bytes, bool Reset)> ReadToEndAsync(Socket socket, int room)
    {
        byte[] buffer = new byte[room];
        int got = 0;
        try
        {
            while (await socket.ReceiveAsync(buffer, Token).AsTask().WaitAsync(Deadline, TimeProvider.System, Token) is > 0 and var more)
            {
                got += more;
            }

            return (got, false);
        }
        catch (SocketException trouble) when (trouble.SocketErrorCode == SocketError.ConnectionReset)
        {
            return (got, true);
        }
    }

    private static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Any, 0));
        listener.Listen(4);
        return listener;
    }

    private static Socket Connected(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Parse(LinkedStacks.FarAddress), port);
        return socket;
    }

    private static int? Ceiling(Socket socket)
    {
        try
        {
            byte[] value = new byte[4];
            return socket.GetRawSocketOption(6, 44, value) == 4 ? BitConverter.ToInt32(value) : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static TimeSpan Pause(Socket socket) => Facts(socket).RetransmissionTimeout;

    private static TcpFacts Facts(Socket socket) => TcpInfoLayout.Read(Info(socket), null).ShouldNotBeNull();

    private static int Backoff(Socket socket) => Info(socket)[4];

    private static byte[] Info(Socket socket)
    {
        byte[] info = new byte[TcpInfoLayout.Length];
        socket.GetRawSocketOption(6, 11, info).ShouldBeGreaterThanOrEqualTo(TcpInfoLayout.LeastLength);
        return info;
    }
}
