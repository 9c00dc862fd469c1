using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Wire;
using FsCheck;
using FsCheck.Fluent;

namespace ContentMonster.Tests.Client;

/// <summary>Rule by rule: the session ends with a named error, and nothing else happens.</summary>
public sealed class HostileServerTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static readonly Body NoAttributes = new Body().UInt32(0);

    public static TheoryData<string> Stats => [.. StatReplies.Keys];

    public static TheoryData<string> Opens => [.. OpenReplies.Keys];

    public static TheoryData<string> Listings => [.. ListReplies.Keys];

    private static Dictionary<string, Func<uint, byte[]>> StatReplies => new(StringComparer.Ordinal)
    {
        ["an unknown id"] = id => ScriptedPeer.Status(id + 1, SftpStatus.NoSuchFile),
        ["an old id"] = id => ScriptedPeer.Status(id - 1, SftpStatus.NoSuchFile),
        ["the same id twice"] = id => [.. ScriptedPeer.Reply(PacketType.Name, id, new Body().UInt32(0)), .. ScriptedPeer.Status(id, SftpStatus.NoSuchFile)],
        ["a handle for attributes"] = id => ScriptedPeer.Handle(id),
        ["Ok for attributes"] = id => ScriptedPeer.Status(id, SftpStatus.Ok),
        ["a request for a reply"] = id => ScriptedPeer.Reply(PacketType.Open, id, new Body()),
        ["a second version"] = _ => ScriptedPeer.Version(3),
        ["a type nobody knows"] = id => ScriptedPeer.Reply((PacketType)77, id, new Body()),
        ["an empty packet"] = _ => new Body().UInt32(0).ToArray(),
        ["a packet of four bytes"] = _ => new Body().UInt32(4).UInt32(0).ToArray(),
        ["a packet one byte too long"] = _ => new Body().UInt32(WireLimits.MaxPacket + 1).ToArray(),
        ["a packet of 4 GiB"] = _ => new Body().UInt32(uint.MaxValue).ToArray(),
        ["attributes cut short"] = id => ScriptedPeer.Reply(PacketType.Attributes, id, new Body().UInt32(1).UInt32(0)),
        ["attributes and garbage"] = id => ScriptedPeer.Reply(PacketType.Attributes, id, new Body().UInt32(0).UInt32(0)),
        ["unknown attribute flags"] = id => ScriptedPeer.Reply(PacketType.Attributes, id, new Body().UInt32(0x10).UInt32(0)),
        ["2^32 attribute extensions"] = id => ScriptedPeer.Reply(PacketType.Attributes, id, new Body().UInt32(0x8000_0000).UInt32(uint.MaxValue).UInt64(0)),
        ["an attribute extension beyond the packet"] = id => ScriptedPeer.Reply(PacketType.Attributes, id, new Body().UInt32(0x8000_0000).UInt32(1).UInt32(9).UInt32(0)),
        ["a size beyond 2^63"] = id => ScriptedPeer.Reply(PacketType.Attributes, id, new Body().UInt32(1).UInt64(ulong.MaxValue)),
        ["a status text beyond the packet"] = id => ScriptedPeer.Reply(PacketType.Status, id, new Body().UInt32(4).UInt32(uint.MaxValue)),
        ["a status and garbage"] = id => ScriptedPeer.Reply(PacketType.Status, id, new Body().UInt32(4).String("").String("").UInt32(0)),
        ["a status without a code"] = id => ScriptedPeer.Reply(PacketType.Status, id, new Body()),
    };

    private static Dictionary<string, Func<uint, byte[]>> OpenReplies => new(StringComparer.Ordinal)
    {
        ["an empty handle"] = id => ScriptedPeer.Handle(id, ""),
        ["a handle of 257 bytes"] = id => ScriptedPeer.Handle(id, new string('h', 257)),
        ["a handle beyond the packet"] = id => ScriptedPeer.Reply(PacketType.Handle, id, new Body().UInt32(100).UInt32(0)),
        ["a handle and garbage"] = id => ScriptedPeer.Reply(PacketType.Handle, id, new Body().String("h").Bytes(1)),
        ["data for a handle"] = id => ScriptedPeer.Reply(PacketType.Data, id, new Body().String("x")),
    };

    private static Dictionary<string, Func<uint, byte[]>> ListReplies => new(StringComparer.Ordinal)
    {
        ["2^32 names"] = id => ScriptedPeer.Reply(PacketType.Name, id, new Body().UInt32(uint.MaxValue).UInt64(0).UInt64(0)),
        ["more names than there is room for"] = id => ScriptedPeer.Reply(PacketType.Name, id, new Body().UInt32(2).String("").String("").UInt32(0)),
        ["no names"] = id => ScriptedPeer.Reply(PacketType.Name, id, new Body().UInt32(0)),
        ["names and garbage"] = id => ScriptedPeer.Reply(PacketType.Name, id, new Body().UInt32(1).String("a").String("").UInt32(0).Bytes(0)),
        ["a name of 5,000 bytes"] = id => ScriptedPeer.Reply(PacketType.Name, id, new Body().UInt32(1).String(new byte[5_000]).String("").UInt32(0)),
        ["dots without end"] = id => ScriptedPeer.Reply(PacketType.Name, id, new Body().UInt32(3)
            .String(".").String("").UInt32(0).String("..").String("").UInt32(0).String(".").String("").UInt32(0)),
        ["attributes for names"] = id => ScriptedPeer.Reply(PacketType.Attributes, id, NoAttributes),
    };

    [Theory]
    [MemberData(nameof(Stats))]
    public async Task A_stat_answered_by(string what)
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        Task<SftpAttributes?> waiting = peer.Client.StatAsync("a"u8.ToArray(), None);
        uint id = (await peer.ReceiveAsync()).Id;
        await peer.SendAsync(StatReplies[what](id));
        await Should.ThrowAsync<SftpProtocolException>(() => waiting);
        peer.Client.Broken.ShouldBeOfType<SftpProtocolException>();
        await peer.Client.Ended;
    }

    [Theory]
    [MemberData(nameof(Opens))]
    public async Task An_open_answered_by(string what)
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        Task<SftpHandle> waiting = peer.Client.OpenAsync("a"u8.ToArray(), SftpOpenModes.Read, null, None);
        uint id = (await peer.ReceiveAsync()).Id;
        await peer.SendAsync(OpenReplies[what](id));
        await Should.ThrowAsync<SftpProtocolException>(() => waiting);
    }

    [Theory]
    [MemberData(nameof(Listings))]
    public async Task A_listing_answered_by(string what)
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        Task<IReadOnlyList<SftpEntry>> waiting = peer.Client.ListAsync("a"u8.ToArray(), 100, None);
        await peer.SendAsync(ScriptedPeer.Handle((await peer.ReceiveAsync()).Id));
        await peer.SendAsync(ListReplies[what]((await peer.ReceiveAsync()).Id));
        await Should.ThrowAsync<SftpProtocolException>(() => waiting);
    }

    [Fact]
    public async Task A_reply_that_comes_twice()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        SftpHandle file = await peer.OpenAsync();
        Task upload = peer.Client.UploadAsync(file, new MemorySource(new byte[65_536]), 0, 0, 65_536, null, None);
        uint id = (await peer.ReceiveAsync()).Id;
        await peer.SendAsync(ScriptedPeer.Status(id, SftpStatus.Ok));
        await peer.SendAsync(ScriptedPeer.Status(id, SftpStatus.Ok));
        await Should.ThrowAsync<SftpProtocolException>(() => upload);
    }

    [Fact]
    public async Task A_write_answered_by_data()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        SftpHandle file = await peer.OpenAsync();
        Task upload = peer.Client.UploadAsync(file, new MemorySource(new byte[10]), 0, 0, 10, null, None);
        await peer.SendAsync(ScriptedPeer.Reply(PacketType.Data, (await peer.ReceiveAsync()).Id, new Body().String("x")));
        await Should.ThrowAsync<SftpProtocolException>(() => upload);
        await Should.ThrowAsync<SftpProtocolException>(() => peer.Client.CloseAsync(file, None));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    public async Task Data_of_another_length_than_could_be_asked_for(int length)
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        SftpHandle file = await peer.OpenAsync();
        var buffer = new byte[10];
        Task<int> reading = peer.Client.ReadAsync(file, 0, buffer, None);
        await peer.SendAsync(ScriptedPeer.Reply(PacketType.Data, (await peer.ReceiveAsync()).Id, new Body().String(new string('x', length))));
        await Should.ThrowAsync<SftpProtocolException>(() => reading);
        buffer.ShouldAllBe(one => one == 0);
    }

    [Fact]
    public async Task A_listing_without_end_is_cut_at_the_limit()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        Task<IReadOnlyList<SftpEntry>> listing = peer.Client.ListAsync("a"u8.ToArray(), 100, None);
        await peer.SendAsync(ScriptedPeer.Handle((await peer.ReceiveAsync()).Id));
        while (true)
        {
            (PacketType type, uint id, _) = await peer.ReceiveAsync();
            if (type == PacketType.Close)
            {
                await peer.SendAsync(ScriptedPeer.Status(id, SftpStatus.Ok));
                break;
            }

            await peer.SendAsync(ScriptedPeer.Reply(PacketType.Name, id, new Body().UInt32(1).String("same").String("").UInt32(0)));
        }

        (await listing).Count.ShouldBe(100);
    }

    [Fact]
    public async Task A_listing_of_endless_names_ends_the_session_before_it_fills_the_memory()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        Task<IReadOnlyList<SftpEntry>> listing = peer.Client.ListAsync("a"u8.ToArray(), 100_000, None);
        await peer.SendAsync(ScriptedPeer.Handle((await peer.ReceiveAsync()).Id));
        Body names = new Body().UInt32(60);
        for (int name = 0; name < 60; name++)
        {
            names.String(new string('n', 4_096)).String("").UInt32(0);
        }

        int replies = 0;
        await Should.ThrowAsync<Exception>(async () =>
        {
            while (replies < 1_000)
            {
                await peer.SendAsync(ScriptedPeer.Reply(PacketType.Name, (await peer.ReceiveAsync()).Id, names));
                replies++;
            }
        });
        (await Should.ThrowAsync<SftpProtocolException>(() => listing)).Message.ShouldContain("lists names of more than");
        replies.ShouldBeInRange(130, 140);
    }

    [Fact]
    public async Task A_status_text_is_cut_and_escaped()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        Task<SftpAttributes?> waiting = peer.Client.StatAsync("a"u8.ToArray(), None);
        await peer.SendAsync(ScriptedPeer.Status((await peer.ReceiveAsync()).Id, SftpStatus.Failure, "\u001b[2J\u202e" + new string('x', 200_000)));
        SftpStatusException refused = await Should.ThrowAsync<SftpStatusException>(() => waiting);
        refused.Message.ShouldContain("\\x1B[2J\\xE2\\x80\\xAE");
        refused.Message.Length.ShouldBeLessThan(1_300);
        peer.Client.Broken.ShouldBeNull();
    }

    [Theory]
    [InlineData(4_000_000_000u)]
    [InlineData(11u)]
    public async Task A_status_of_a_later_draft_is_a_failure(uint code)
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        Task waiting = peer.Client.RemoveAsync("a"u8.ToArray(), None);
        await peer.SendAsync(ScriptedPeer.Reply(PacketType.Status, (await peer.ReceiveAsync()).Id, new Body().UInt32(code)));
        (await Should.ThrowAsync<SftpStatusException>(() => waiting)).Status.ShouldBe(SftpStatus.Failure);
    }

    [Theory]
    [InlineData("Welcome to the vessel!\n", "prints text", "Welcome to the vessel!\\x0A")]
    [InlineData("\u001b[1mHi", "prints text", "\\x1B[1mHi")]
    public async Task Text_before_the_version_is_named(string text, string words, string shown)
    {
        await using var peer = new ScriptedPeer();
        Task<SftpClient> connecting = peer.ConnectAsync();
        await peer.SendAsync(System.Text.Encoding.UTF8.GetBytes(text));
        SftpProtocolException told = await Should.ThrowAsync<SftpProtocolException>(() => connecting);
        told.Message.ShouldContain(words);
        told.Message.ShouldContain(shown);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(2u)]
    [InlineData(6u)]
    public async Task Another_version_is_named(uint version)
    {
        await using var peer = new ScriptedPeer();
        Task<SftpClient> connecting = peer.ConnectAsync();
        await peer.SendAsync(ScriptedPeer.Version(version));
        (await Should.ThrowAsync<SftpProtocolException>(() => connecting)).Message.ShouldContain($"version {version}");
    }

    [Fact]
    public async Task A_connection_closed_before_the_version_is_named()
    {
        await using var peer = new ScriptedPeer();
        Task<SftpClient> connecting = peer.ConnectAsync();
        await peer.ReceiveAsync();
        await peer.Far.DisposeAsync();
        (await Should.ThrowAsync<SftpConnectionException>(() => connecting)).Message.ShouldContain("before the server said its SFTP version");
    }

    [Fact]
    public async Task A_cancelled_connect_ends_the_session()
    {
        await using var peer = new ScriptedPeer();
        using var cancel = new CancellationTokenSource();
        Task<SftpClient> connecting = SftpClient.ConnectAsync(peer.Near, ScriptedPeer.Quick, cancel.Token);
        await peer.ReceiveAsync();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => connecting);
        (await peer.Far.ReadAsync(new byte[1], None)).ShouldBe(0);
    }

    [Theory]
    [InlineData(0, 0, 32_768)]
    [InlineData(0, 1, 1_024)]
    [InlineData(262_144, 261_120, 261_120)]
    [InlineData(262_144, 262_144, 261_120)]
    [InlineData(ulong.MaxValue, ulong.MaxValue, 261_120)]
    [InlineData(1, ulong.MaxValue, 1_024)]
    [InlineData(34_000, 0, 32_768)]
    [InlineData(ulong.MaxValue, 0, 32_768)]
    public async Task Limits_are_clamped(ulong packet, ulong write, int expected)
    {
        await using var peer = new ScriptedPeer();
        Task<SftpClient> connecting = peer.ConnectAsync();
        await peer.ReceiveAsync();
        await peer.SendAsync(ScriptedPeer.Version(3, ("limits@openssh.com", "1")));
        uint id = (await peer.ReceiveAsync()).Id;
        await peer.SendAsync(ScriptedPeer.Reply(PacketType.ExtendedReply, id, new Body().UInt64(packet).UInt64(write).UInt64(write).UInt64(ulong.MaxValue)));
        await using SftpClient client = await connecting;
        await client.LimitsKnown.WaitAsync(TestContext.Current.CancellationToken);
        client.Server.MaxWriteLength.ShouldBe(expected);
        client.Server.MaxReadLength.ShouldBe(expected);
        client.Server.MaxOpenHandles.ShouldBe(int.MaxValue);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_hash_is_taken_in_every_form_that_servers_send(bool named, bool counted)
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(null, ("check-file-handle", "md5,sha256"));
        SftpHandle file = await peer.OpenAsync();
        Task<byte[]?> hashing = peer.Client.CheckFileAsync(file, 0, 10, TimeSpan.FromMinutes(1), None);
        Body body = named ? new Body().String("check-file") : new Body();
        body.String("sha256");
        body = counted ? body.String(new byte[32]) : body.Bytes(new byte[32]);
        await peer.SendAsync(ScriptedPeer.Reply(PacketType.ExtendedReply, (await peer.ReceiveAsync()).Id, body));
        (await hashing).ShouldBe(new byte[32]);
    }

    [Fact]
    public async Task A_hash_of_another_kind_is_no_hash()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(null, ("check-file-handle", "sha256"));
        SftpHandle file = await peer.OpenAsync();
        Task<byte[]?> hashing = peer.Client.CheckFileAsync(file, 0, 10, TimeSpan.FromMinutes(1), None);
        await peer.SendAsync(ScriptedPeer.Reply(PacketType.ExtendedReply, (await peer.ReceiveAsync()).Id, new Body().String("md5").Bytes(new byte[16])));
        await Should.ThrowAsync<SftpProtocolException>(() => hashing);
    }

    [Fact]
    public async Task Sha256_that_is_not_offered_is_not_asked_for()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(null, ("check-file-handle", "md5,sha1,sha512"));
        SftpHandle file = await peer.OpenAsync();
        (await peer.Client.CheckFileAsync(file, 0, 10, TimeSpan.FromMinutes(1), None)).ShouldBeNull();
    }

    [Fact]
    public void The_decoder_throws_nothing_but_a_protocol_error_whatever_the_bytes_are() => Prop.ForAll<byte[]>(bytes =>
    {
        foreach (ReplyKind kind in Enum.GetValues<ReplyKind>())
        {
            foreach (PacketType type in Enum.GetValues<PacketType>())
            {
                try
                {
                    ReplyDecoder.Decode(kind, type, bytes, 100);
                }
                catch (SftpProtocolException)
                {
                    continue;
                }
            }
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void A_session_ends_with_its_own_kind_of_error_whatever_the_first_bytes_are() => Prop.ForAll<byte[]>(bytes =>
    {
        using var input = new MemoryStream(bytes);
        using var transport = new Support.DuplexStream(input, Stream.Null);
        Should.Throw<SftpConnectionException>(() => SftpClient.ConnectAsync(transport, ScriptedPeer.Quick, None));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
}
