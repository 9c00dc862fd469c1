using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Wire;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Client;

/// <summary>Silence, by a clock that the test moves.</summary>
public sealed class StallTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly ManualTime _time = new();

    private SftpOptions Options => new() { Patience = TimeSpan.FromSeconds(10), HelloPatience = TimeSpan.FromSeconds(30), Time = _time };

    [Fact]
    public async Task A_silent_server_is_a_stall_and_one_that_owes_nothing_is_not()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(Options);
        _time.Advance(TimeSpan.FromHours(1));
        peer.Client.Broken.ShouldBeNull();
        Task<SftpAttributes?> waiting = peer.Client.StatAsync("a"u8.ToArray(), None);
        await peer.ReceiveAsync();
        _time.Advance(TimeSpan.FromSeconds(9.9));
        peer.Client.Broken.ShouldBeNull();
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await Should.ThrowAsync<SftpStalledException>(() => waiting);
        peer.Client.Broken.ShouldBeOfType<SftpStalledException>();
        await peer.Client.Ended;
        await Should.ThrowAsync<SftpStalledException>(() => peer.Client.StatAsync("a"u8.ToArray(), None));
    }

    [Fact]
    public async Task An_upload_that_comes_when_the_session_is_over_is_told_though_the_window_was_full_then()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(Options);
        SftpHandle file = await peer.OpenAsync();
        Task first = peer.Client.UploadAsync(file, new MemorySource(new byte[10_000_000]), 0, 0, 10_000_000, null, None);
        await peer.Far.DisposeAsync();
        await peer.Client.Ended;
        await Should.ThrowAsync<SftpConnectionException>(() => first);
        Task second = peer.Client.UploadAsync(file, new MemorySource(new byte[1_000]), 0, 0, 1_000, null, None);
        await Should.ThrowAsync<SftpConnectionException>(() => second.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System));
    }

    [Theory]
    [InlineData(4.9, true)]
    [InlineData(5, false)] // it may have been cut off when half of the silence was over
    [InlineData(0, null)]
    public async Task What_was_asked_first_is_named_as_what_the_server_hangs_in_where_the_connection_lives(double unheard, bool? lives)
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(Options with { Link = () => lives is null ? null : new LinkSigns(0, false, 0, TimeSpan.FromSeconds(unheard)) });
        SftpHandle file = await peer.OpenAsync();
        Task answered = peer.Client.StatAsync("answered"u8.ToArray(), None);
        Task upload = peer.Client.UploadAsync(file, new MemorySource(new byte[100]), 0, 0, 100, null, None);
        Task other = peer.Client.StatAsync("other"u8.ToArray(), None);
        await peer.SendAsync(ScriptedPeer.Status((await peer.ReceiveAsync()).Id, SftpStatus.NoSuchFile));
        await answered;
        await peer.ReceiveAsync();
        await peer.ReceiveAsync();
        _time.Advance(TimeSpan.FromSeconds(10));
        SftpStalledException stall = await Should.ThrowAsync<SftpStalledException>(() => other);
        stall.Message.ShouldEndWith(lives == true ? "; its connection lives, so it seems to hang at file." : "; what it was asked first is about file.");
        stall.First!.LinkLives.ShouldBe(lives == true);
        (await Should.ThrowAsync<SftpStalledException>(() => upload)).First.ShouldBeSameAs(stall.First);
    }

    [Fact]
    public async Task A_slow_server_is_no_stall()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(Options);
        for (int i = 0; i < 10; i++)
        {
            Task<SftpAttributes?> waiting = peer.Client.StatAsync("a"u8.ToArray(), None);
            uint id = (await peer.ReceiveAsync()).Id;
            _time.Advance(TimeSpan.FromSeconds(9));
            await peer.SendAsync(ScriptedPeer.Status(id, SftpStatus.NoSuchFile));
            (await waiting).ShouldBeNull();
        }

        peer.Client.Broken.ShouldBeNull();
    }

    [Fact]
    public async Task TCPs_own_round_trip_tells_what_waits_on_this_side()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(Options with { BacklogRoundTrip = () => TimeSpan.FromMilliseconds(60) });
        SftpHandle file = await peer.OpenAsync();
        Task upload = peer.Client.UploadAsync(file, new MemorySource(new byte[10_000_000]), 0, 0, 10_000_000, null, None);
        async Task AnswerAsync(int writes, TimeSpan after)
        {
            for (int write = 0; write < writes; write++)
            {
                uint id = (await peer.ReceiveAsync()).Id;
                _time.Advance(after);
                await peer.SendAsync(ScriptedPeer.Status(id, SftpStatus.Ok));
            }
        }

        await AnswerAsync(20, TimeSpan.Zero);
        await Eventually.BeTrueAsync(() => peer.Client.WindowInBytes > 200_000, "it grows");
        int grown = peer.Client.WindowInBytes;
        await AnswerAsync(20, TimeSpan.FromMilliseconds(150));
        await Eventually.BeTrueAsync(() => peer.Client.WindowInBytes < grown, "it shrinks");
        await peer.Far.DisposeAsync();
        await Should.ThrowAsync<SftpConnectionException>(() => upload);
    }

    [Fact]
    public async Task A_link_so_slow_that_no_reply_comes_for_long_is_no_stall_while_its_bytes_arrive()
    {
        long arrived = 0;
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(Options with { Link = () => new LinkSigns(arrived, false, arrived, default) });
        SftpHandle file = await peer.OpenAsync();
        Task upload = peer.Client.UploadAsync(file, new MemorySource(new byte[10_000_000]), 0, 0, 10_000_000, null, None);
        await peer.ReceiveAsync();

        // One of eight sessions on 64 kbit/s.
        for (int second = 0; second < 60; second++)
        {
            arrived += 1_000;
            _time.Advance(TimeSpan.FromSeconds(1));
            peer.Client.Broken.ShouldBeNull();
        }

        _time.Advance(TimeSpan.FromSeconds(15));
        await Should.ThrowAsync<SftpStalledException>(() => upload);
    }

    [Fact]
    public async Task Neither_what_arrives_at_once_nor_the_signs_of_life_of_ssh_keep_a_stopped_server()
    {
        long arrived = 0;
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(Options with { Link = () => new LinkSigns(arrived, false, arrived, default) });
        Task<SftpAttributes?> waiting = peer.Client.StatAsync("a"u8.ToArray(), None);
        await peer.ReceiveAsync();
        arrived = 2_000_000;
        _time.Advance(TimeSpan.FromSeconds(5));
        arrived += 100;
        _time.Advance(TimeSpan.FromSeconds(4.9));
        peer.Client.Broken.ShouldBeNull();
        arrived += 100;
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await Should.ThrowAsync<SftpStalledException>(() => waiting);
    }

    /// <summary>An fsync may take a minute. ssh asks for signs of life meanwhile, and their answers come from another program.</summary>
    [Theory]
    [InlineData(30, true, true, false)] // answers come
    [InlineData(30, false, true, true)] // what was under way is taken
    [InlineData(10, false, true, false)] // what is sent is taken at once: a box on the way does that, too
    [InlineData(10, false, false, true)] // nothing is taken, and nothing comes
    public async Task While_an_fsync_goes_on_a_link_that_is_gone_is_noticed_all_the_same(int seconds, bool answers, bool taken, bool waiting)
    {
        (long arrived, TimeSpan heardAt) = (0, TimeSpan.Zero);
        SftpOptions options = Options with { LinkPatience = TimeSpan.FromSeconds(10), Link = () => new LinkSigns(arrived, waiting, arrived, _time.GetElapsedTime(0) - heardAt) };
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(options, ("fsync@openssh.com", "1"));
        SftpHandle file = await peer.OpenAsync();
        Task syncing = peer.Client.SyncAsync(file, TimeSpan.FromSeconds(30), None);
        await peer.ReceiveAsync();
        for (int second = 0; second < seconds - 1; second++)
        {
            heardAt = answers ? _time.GetElapsedTime(0) : heardAt;
            arrived += taken ? 9 : 0;
            _time.Advance(TimeSpan.FromSeconds(1));
            peer.Client.Broken.ShouldBeNull($"{second}");
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        await Should.ThrowAsync<SftpStalledException>(() => syncing);
    }

    [Theory]
    [InlineData(7.9, 10, false)]
    [InlineData(8, 10, true)]
    [InlineData(2.9, 4, false)]
    [InlineData(3, 4, true)]
    public async Task An_idle_session_is_ended_when_asked_if_no_sign_of_life_came(double unheard, int patience, bool ends)
    {
        SftpOptions options = Options with { LinkPatience = TimeSpan.FromSeconds(patience), Link = () => new LinkSigns(0, true, 0, TimeSpan.FromSeconds(unheard)) };
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(options);
        peer.Client.EndIfLinkIsGone();
        (peer.Client.Broken is SftpStalledException).ShouldBe(ends);
    }

    [Theory]
    [InlineData(true, 60)] // TCP lets it starve
    [InlineData(false, 10)] // the server has all that we sent, and says nothing
    public async Task While_others_get_through_only_a_session_whose_bytes_are_under_way_is_borne_longer(bool waiting, int seconds)
    {
        long others = 0;
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(Options with { Link = () => new LinkSigns(0, waiting, others, default) });
        Task<SftpAttributes?> stat = peer.Client.StatAsync("a"u8.ToArray(), None);
        await peer.ReceiveAsync();
        for (int second = 0; second < seconds - 1; second++)
        {
            others += 2_000;
            _time.Advance(TimeSpan.FromSeconds(1));
            peer.Client.Broken.ShouldBeNull($"{second}");
        }

        others += 2_000;
        _time.Advance(TimeSpan.FromSeconds(1));
        await Should.ThrowAsync<SftpStalledException>(() => stat);
    }

    [Fact]
    public async Task When_the_link_goes_one_that_starved_before_is_given_up_as_soon_as_any_other()
    {
        long others = 0;
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(Options with { Link = () => new LinkSigns(0, true, others, default) });
        Task<SftpAttributes?> stat = peer.Client.StatAsync("a"u8.ToArray(), None);
        await peer.ReceiveAsync();
        for (int second = 0; second < 20; second++)
        {
            others += 2_000;
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        for (int second = 0; second < 5; second++)
        {
            // Signs of life of eight sessions' ssh, as far as they count at all.
            others += 160;
            _time.Advance(TimeSpan.FromSeconds(1));
            peer.Client.Broken.ShouldBeNull($"{second}");
        }

        for (int second = 0; second < 5; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await Should.ThrowAsync<SftpStalledException>(() => stat);
    }

    [Fact]
    public async Task An_fsync_may_be_silent_for_its_own_patience_and_no_longer()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(Options, ("fsync@openssh.com", "1"));
        SftpHandle file = await peer.OpenAsync();
        Task syncing = peer.Client.SyncAsync(file, TimeSpan.FromSeconds(60), None);
        await peer.ReceiveAsync();
        _time.Advance(TimeSpan.FromSeconds(59));
        peer.Client.Broken.ShouldBeNull();
        _time.Advance(TimeSpan.FromSeconds(1));
        await Should.ThrowAsync<SftpStalledException>(() => syncing);
    }

    [Fact]
    public async Task After_an_fsync_the_patience_is_the_usual_one()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(Options, ("fsync@openssh.com", "1"));
        SftpHandle file = await peer.OpenAsync();
        Task syncing = peer.Client.SyncAsync(file, TimeSpan.FromSeconds(600), None);
        uint id = (await peer.ReceiveAsync()).Id;
        _time.Advance(TimeSpan.FromSeconds(1));
        await peer.SendAsync(ScriptedPeer.Status(id, SftpStatus.Ok));
        await syncing;
        Task<SftpAttributes?> waiting = peer.Client.StatAsync("a"u8.ToArray(), None);
        await peer.ReceiveAsync();
        _time.Advance(TimeSpan.FromSeconds(10));
        await Should.ThrowAsync<SftpStalledException>(() => waiting);
    }

    [Fact]
    public async Task A_transport_that_takes_no_bytes_is_a_stall()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(Options);
        SftpHandle file = await peer.OpenAsync();
        Task upload = peer.Client.UploadAsync(file, new MemorySource(new byte[10_000_000]), 0, 0, 10_000_000, null, None);
        await peer.ReceiveAsync();
        _time.Advance(TimeSpan.FromSeconds(10));
        await Should.ThrowAsync<SftpStalledException>(() => upload);
    }

    [Fact]
    public async Task Time_in_which_this_process_was_stopped_is_no_silence()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(Options);
        Task<SftpAttributes?> waiting = peer.Client.StatAsync("a"u8.ToArray(), None);
        uint id = (await peer.ReceiveAsync()).Id;
        _time.Jump(TimeSpan.FromMinutes(10));
        peer.Client.Broken.ShouldBeNull();
        await peer.SendAsync(ScriptedPeer.Status(id, SftpStatus.NoSuchFile));
        (await waiting).ShouldBeNull();
    }

    [Fact]
    public async Task A_request_that_is_left_out_for_ever_is_a_stall()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(Options);
        Task<SftpAttributes?> forgotten = peer.Client.StatAsync("a"u8.ToArray(), None);
        await peer.ReceiveAsync();
        for (int i = 0; i < 80 && peer.Client.Broken is null; i++)
        {
            Task<SftpAttributes?> other = peer.Client.StatAsync("b"u8.ToArray(), None);
            uint id = (await peer.ReceiveAsync()).Id;
            await peer.SendAsync(ScriptedPeer.Status(id, SftpStatus.NoSuchFile));
            await other;
            _time.Advance(TimeSpan.FromSeconds(9));
        }

        await Should.ThrowAsync<SftpStalledException>(() => forgotten);
    }

    [Fact]
    public async Task A_hello_that_never_ends_has_a_deadline()
    {
        await using var peer = new ScriptedPeer();
        Task<SftpClient> connecting = peer.ConnectAsync(Options);
        await peer.ReceiveAsync();
        await peer.SendAsync([0, 0]);
        _time.Advance(TimeSpan.FromSeconds(29));
        connecting.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));
        await Should.ThrowAsync<SftpStalledException>(() => connecting);
    }

    [Fact]
    public async Task Limits_are_not_waited_for_and_a_server_that_never_tells_them_is_a_stall()
    {
        await using var peer = new ScriptedPeer();
        Task<SftpClient> connecting = peer.ConnectAsync(Options);
        await peer.ReceiveAsync();
        await peer.SendAsync(ScriptedPeer.Version(3, ("limits@openssh.com", "1")));
        (await peer.ReceiveAsync()).Type.ShouldBe(PacketType.Extended);
        await using SftpClient client = await connecting;
        client.LimitsKnown.IsCompleted.ShouldBeFalse();
        client.Server.MaxWriteLength.ShouldBe(32_768);
        _time.Advance(TimeSpan.FromSeconds(30));
        await client.Ended.WaitAsync(TestContext.Current.CancellationToken);
        client.Broken.ShouldBeOfType<SftpStalledException>();
        await client.LimitsKnown.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Slow_acknowledgements_shrink_the_window()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(Options);
        SftpHandle file = await peer.OpenAsync();
        Task upload = peer.Client.UploadAsync(file, new MemorySource(new byte[600_000]), 0, 0, 600_000, null, None);
        var lengths = new List<int>();
        var ids = new Queue<uint>();
        for (int i = 0; i < 8; i++)
            ids.Enqueue((await peer.ReceiveAsync()).Id);
        _time.Advance(TimeSpan.FromSeconds(3));
        for (int i = 0; i < 5; i++)
            await peer.SendAsync(ScriptedPeer.Status(ids.Dequeue(), SftpStatus.Ok));
        (_, uint id, byte[] body) = await peer.ReceiveAsync();
        (body.Length - 17).ShouldBe(4_096);
        ids.Enqueue(id);
        while (!upload.IsCompleted && ids.TryDequeue(out id))
        {
            await peer.SendAsync(ScriptedPeer.Status(id, SftpStatus.Ok));
            if (ids.Count == 0 && !upload.IsCompleted && await Task.WhenAny(upload, NextAsync(peer, ids)) == upload)
                break;
        }

        await upload;
    }

    [Fact]
    public async Task A_stopped_sftp_server_is_a_stall()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync(Options);
        SftpHandle file = await server.CreateAsync("f");
        server.Freeze();
        Task upload = server.Client.UploadAsync(file, new MemorySource(new byte[10_000_000]), 0, 0, 10_000_000, null, None);
        _time.Advance(TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromSeconds(10));
        await Should.ThrowAsync<SftpStalledException>(() => upload);
    }

    private static async Task NextAsync(ScriptedPeer peer, Queue<uint> ids) => ids.Enqueue((await peer.ReceiveAsync()).Id);
}
