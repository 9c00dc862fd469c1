using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Wire;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Client;

public sealed class UploadWindowTests
{
    private const int Kibibyte = 1_024;
    private static readonly TimeSpan Prompt = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(80, 2_048, 124)]
    [InlineData(3, 2_048, 124)]
    [InlineData(0.3, 768, 255)]
    public void It_grows_with_what_is_acknowledged_promptly_and_nearby_not_beyond_what_the_server_takes(double milliseconds, int window, int write)
    {
        UploadWindow grown = Grown(TimeSpan.FromMilliseconds(milliseconds));
        (grown.Bytes, grown.WriteLength).ShouldBe((window * Kibibyte, write * Kibibyte));
    }

    [Fact]
    public void One_that_turns_out_to_be_nearby_is_cut_back()
    {
        UploadWindow window = Grown(TimeSpan.FromMilliseconds(5));
        window.Acknowledged(Kibibyte, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
        window.Bytes.ShouldBe(768 * Kibibyte);
    }

    [Theory]
    [InlineData(39, 1_000, 96)]
    [InlineData(39, 1_001, 64)]
    [InlineData(80, 1_000, 160)]
    [InlineData(80, 1_001, 64)]
    [InlineData(600, 1_800, 160)]
    [InlineData(600, 1_801, 64)]
    public void It_grows_faster_over_a_long_way_and_no_more_when_writes_wait_on_this_side(double roundTrip, double took, int window)
    {
        var begun = new UploadWindow(Prompt);
        begun.Acknowledged(32 * Kibibyte, TimeSpan.Zero, TimeSpan.FromMilliseconds(took), TimeSpan.FromMilliseconds(roundTrip));
        begun.Bytes.ShouldBe(window * Kibibyte);
    }

    [Theory]
    [InlineData(39, 64)]
    [InlineData(600, 104)]
    public async Task Over_a_long_way_it_grows_with_what_comes_to_the_servers_TCP_until_a_write_is_acknowledged(double roundTrip, int window)
    {
        var time = new ManualTime();
        long arrived = 5_000;
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(new SftpOptions { Time = time, Link = () => new LinkSigns(Volatile.Read(ref arrived), true, 0, default) });
        (Task upload, uint first) = await BeginAsync(peer, time, TimeSpan.FromMilliseconds(roundTrip));
        time.Advance(TimeSpan.FromMilliseconds(50));
        peer.Client.WindowInBytes.ShouldBe(64 * Kibibyte);
        Volatile.Write(ref arrived, 5_000 + (20 * Kibibyte));
        time.Advance(TimeSpan.FromMilliseconds(50));
        peer.Client.WindowInBytes.ShouldBe(window * Kibibyte);
        await peer.SendAsync(ScriptedPeer.Status(first, SftpStatus.Ok));
        await Eventually.BeTrueAsync(() => peer.Client.BytesAcknowledged > 0, "it is acknowledged, and the window has heard of it");
        int acknowledged = peer.Client.WindowInBytes;
        Volatile.Write(ref arrived, 500_000);
        time.Advance(TimeSpan.FromMilliseconds(500));
        peer.Client.WindowInBytes.ShouldBe(acknowledged);
        await peer.Client.DisposeAsync();
        await Should.ThrowAsync<SftpConnectionException>(() => upload);
    }

    [Theory]
    [InlineData(false, 1_801)]
    [InlineData(true, 100)]
    public async Task Nor_does_it_when_a_write_was_refused_or_three_round_trips_are_over(bool isRefused, double milliseconds)
    {
        var time = new ManualTime();
        long arrived = 5_000;
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(new SftpOptions { Time = time, Link = () => new LinkSigns(Volatile.Read(ref arrived), true, 0, default) });
        (Task upload, uint first) = await BeginAsync(peer, time, TimeSpan.FromMilliseconds(600));
        if (isRefused)
        {
            await peer.SendAsync(ScriptedPeer.Status(first, SftpStatus.Failure));
            await HeardAsync(peer);
        }

        time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        int before = peer.Client.WindowInBytes;
        Volatile.Write(ref arrived, 500_000);
        time.Advance(TimeSpan.FromMilliseconds(500));
        peer.Client.WindowInBytes.ShouldBe(before);
        await peer.Client.DisposeAsync();
        await Should.ThrowAsync<IOException>(() => upload);
    }

    [Fact]
    public void What_shrank_comes_back_to_what_it_began_with_though_the_way_has_become_slow()
    {
        UploadWindow window = Grown(TimeSpan.FromMilliseconds(50));
        var now = TimeSpan.Zero;
        for (int late = 0; late < 10; late++)
        {
            window.Acknowledged(Kibibyte, now, now + TimeSpan.FromSeconds(3), TimeSpan.FromMilliseconds(50));
            now += TimeSpan.FromSeconds(3);
        }

        window.Bytes.ShouldBe(32 * Kibibyte);
        for (int write = 0; write < 20; write++)
        {
            window.Acknowledged(32 * Kibibyte, now, now + TimeSpan.FromSeconds(1.2), TimeSpan.FromMilliseconds(50));
        }

        window.Bytes.ShouldBe(64 * Kibibyte);
    }

    [Fact]
    public void A_late_acknowledgement_halves_it_once_for_all_that_was_sent_before()
    {
        UploadWindow window = Grown(TimeSpan.FromMilliseconds(80));
        window.Acknowledged(Kibibyte, TimeSpan.Zero, TimeSpan.FromSeconds(3), TimeSpan.FromMilliseconds(80));
        window.Acknowledged(Kibibyte, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(3), TimeSpan.FromMilliseconds(80));
        (window.Bytes, window.WriteLength).ShouldBe((1_024 * Kibibyte, 124 * Kibibyte));
    }

    [Theory]
    [InlineData(100, 96)]
    [InlineData(200, 192)]
    [InlineData(400, 2_048)]
    [InlineData(0, 2_048)]
    public void What_waits_on_this_side_shrinks_it_to_what_is_carried_in_three_of_TCPs_round_trips(double linkRoundTrip, int window)
    {
        UploadWindow slowed = Grown(TimeSpan.FromMilliseconds(80));
        slowed.BacklogRoundTrip = TimeSpan.FromMilliseconds(linkRoundTrip);
        AcknowledgeForTwoSeconds(slowed, 32 * Kibibyte, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(80));
        slowed.Bytes.ShouldBe(window * Kibibyte);
    }

    [Fact]
    public void Where_TCP_ends_before_the_vessel_the_way_behind_it_is_no_wait_on_this_side()
    {
        UploadWindow window = Grown(TimeSpan.FromMilliseconds(600));
        window.BacklogRoundTrip = TimeSpan.FromMilliseconds(2);
        AcknowledgeForTwoSeconds(window, 32 * Kibibyte, TimeSpan.FromMilliseconds(1_700), TimeSpan.FromMilliseconds(600));
        window.Bytes.ShouldBe(2_048 * Kibibyte);
    }

    [Fact]
    public void A_measure_without_acknowledgements_does_not_shrink_it()
    {
        UploadWindow window = Grown(TimeSpan.FromMilliseconds(80));
        window.BacklogRoundTrip = TimeSpan.FromMilliseconds(100);
        AcknowledgeForTwoSeconds(window, 512 * Kibibyte, TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(80));
        // As after a segment that was lost twice.
        window.Acknowledged(32 * Kibibyte, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3), TimeSpan.FromMilliseconds(80));
        window.Bytes.ShouldBe(3 * 512 * Kibibyte);
    }

    [Fact]
    public void However_many_upload_at_once_only_two_writes_wait_in_memory()
    {
        UploadWindow window = Grown(TimeSpan.FromMilliseconds(80));
        var session = new Session(Stream.Null, new SftpOptions());
        int Take() => window.TakeOrQueue(new Upload(session, null!, new MemorySource([]), 0, 0, 10_000 * Kibibyte, null));
        Take().ShouldBe(124 * Kibibyte);
        Take().ShouldBe(124 * Kibibyte);
        Take().ShouldBe(0);

        // The write may be larger than what it carries, or most of it stays in the file.
        window.Posted(124 * Kibibyte, 125 * Kibibyte);
        window.Posted(124 * Kibibyte, 4 * Kibibyte);
        window.Sent(4 * Kibibyte);
        Take().ShouldBe(124 * Kibibyte, "one write is left");
        Take().ShouldBe(0);
        window.Sent(125 * Kibibyte);
        Take().ShouldBe(124 * Kibibyte);

        // A server that answers what it was not sent yet makes no room.
        window.Release(3 * 124 * Kibibyte);
        Take().ShouldBe(0);
    }

    [Fact]
    public void What_is_given_back_makes_room_in_memory_and_in_the_window()
    {
        UploadWindow window = Grown(TimeSpan.FromMilliseconds(80));
        var session = new Session(Stream.Null, new SftpOptions());
        int Take() => window.TakeOrQueue(new Upload(session, null!, new MemorySource([]), 0, 0, 10_000 * Kibibyte, null));
        for (int turn = 0; turn < 100; turn++)
        {
            window.GiveBack(Take());
        }

        (Take(), Take(), Take()).ShouldBe((124 * Kibibyte, 124 * Kibibyte, 0));
    }

    // Ten writes a second.
    private static void AcknowledgeForTwoSeconds(UploadWindow window, int bytes, TimeSpan took, TimeSpan roundTrip)
    {
        for (int write = 1; write <= 20; write++)
        {
            var now = TimeSpan.FromMilliseconds(100 * write);
            window.Acknowledged(bytes, now - took, now, roundTrip);
        }
    }

    // An upload whose first write the server has.
    // Replies are taken in the order in which they come.
    private static async Task HeardAsync(ScriptedPeer peer)
    {
        Task asking = peer.Client.RemoveAsync("other"u8.ToArray(), TestContext.Current.CancellationToken);
        (PacketType Type, uint Id, byte[] Body) packet;
        do
        {
            packet = await peer.ReceiveAsync();
        }
        while (packet.Type != PacketType.Remove);

        await peer.SendAsync(ScriptedPeer.Status(packet.Id, SftpStatus.Ok));
        await asking;
    }

    private static async Task<(Task Upload, uint First)> BeginAsync(ScriptedPeer peer, ManualTime time, TimeSpan roundTrip)
    {
        Task<SftpHandle> opening = peer.Client.OpenAsync("file"u8.ToArray(), SftpOpenModes.Write, null, TestContext.Current.CancellationToken);
        uint id = (await peer.ReceiveAsync()).Id;
        time.Advance(roundTrip);
        await peer.SendAsync(ScriptedPeer.Handle(id));
        Task upload = peer.Client.UploadAsync(await opening, new MemorySource(new byte[10_000_000]), 0, 0, 10_000_000, null, TestContext.Current.CancellationToken);
        return (upload, (await peer.ReceiveAsync()).Id);
    }

    private static UploadWindow Grown(TimeSpan roundTrip)
    {
        var window = new UploadWindow(Prompt);
        window.Limit(255 * Kibibyte);
        window.WriteLength.ShouldBe(8 * Kibibyte);
        for (int write = 0; write < 200; write++)
        {
            window.Acknowledged(32 * Kibibyte, TimeSpan.Zero, TimeSpan.Zero, roundTrip);
        }

        return window;
    }
}
