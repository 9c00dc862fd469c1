using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Wire;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Client;

/// <summary>Replies in any order, cut anywhere.</summary>
public sealed class ReplyOrderTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Only_bytes_without_a_gap_before_them_count()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        SftpHandle file = await peer.OpenAsync();
        var told = new List<long>();
        Task upload = peer.Client.UploadAsync(file, new MemorySource(new byte[32_768]), 0, 0, 32_768, told.Add, None);
        var ids = new List<uint>();
        for (int i = 0; i < 4; i++)
            ids.Add((await peer.ReceiveAsync()).Id);
        foreach (int i in (int[])[3, 1, 0, 2])
            await peer.SendAsync(ScriptedPeer.Status(ids[i], SftpStatus.Ok));
        await upload;
        told.ShouldBe([16_384, 32_768]);
    }

    [Fact]
    public async Task A_failed_write_in_the_middle_is_waited_for_and_the_number_is_right()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        SftpHandle file = await peer.OpenAsync();
        long told = 0;
        Task upload = peer.Client.UploadAsync(file, new MemorySource(new byte[10_000_000]), 0, 0, 10_000_000, bytes => told = bytes, None);
        var ids = new List<uint>();
        for (int i = 0; i < 8; i++)
            ids.Add((await peer.ReceiveAsync()).Id);
        await peer.SendAsync(ScriptedPeer.Status(ids[2], SftpStatus.Failure, "No space left"));
        foreach (int i in (int[])[7, 6, 5, 4, 3, 1])
            await peer.SendAsync(ScriptedPeer.Status(ids[i], SftpStatus.Ok));
        upload.IsCompleted.ShouldBeFalse();
        await peer.SendAsync(ScriptedPeer.Status(ids[0], SftpStatus.Ok));
        SftpStatusException refused = await Should.ThrowAsync<SftpStatusException>(() => upload);
        refused.Message.ShouldContain("No space left");
        told.ShouldBe(16_384);

        // Nothing was sent after the refusal: the next packet is the close.
        Task closing = peer.Client.CloseAsync(file, None);
        (PacketType type, uint id, _) = await peer.ReceiveAsync();
        type.ShouldBe(PacketType.Close);
        await peer.SendAsync(ScriptedPeer.Status(id, SftpStatus.Ok));
        await closing;
    }

    [Fact]
    public async Task A_close_waits_for_the_writes_of_a_cancelled_upload()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        SftpHandle file = await peer.OpenAsync();
        using var cancel = new CancellationTokenSource();
        Task upload = peer.Client.UploadAsync(file, new MemorySource(new byte[8_192]), 0, 0, 8_192, null, cancel.Token);
        uint write = (await peer.ReceiveAsync()).Id;
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => upload);
        Task closing = peer.Client.CloseAsync(file, None);
        Task<SftpAttributes?> looking = peer.Client.StatAsync("x"u8.ToArray(), None);
        (PacketType type, uint stat, _) = await peer.ReceiveAsync();
        type.ShouldBe(PacketType.Stat);
        await peer.SendAsync(ScriptedPeer.Status(stat, SftpStatus.NoSuchFile));
        (await looking).ShouldBeNull();
        await peer.SendAsync(ScriptedPeer.Status(write, SftpStatus.Ok));
        (type, uint close, _) = await peer.ReceiveAsync();
        type.ShouldBe(PacketType.Close);
        await peer.SendAsync(ScriptedPeer.Status(close, SftpStatus.Ok));
        await closing;
    }

    [Fact]
    public async Task A_handle_that_nobody_waits_for_any_more_is_closed()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        using var cancel = new CancellationTokenSource();
        Task opening = peer.Client.OpenAsync("f"u8.ToArray(), SftpOpenModes.Read, null, cancel.Token);
        uint id = (await peer.ReceiveAsync()).Id;
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => opening);
        await peer.SendAsync(ScriptedPeer.Handle(id, "late"));
        (PacketType type, uint close, byte[] body) = await peer.ReceiveAsync();
        type.ShouldBe(PacketType.Close);
        body[4..].ShouldBe("late"u8.ToArray());
        await peer.SendAsync(ScriptedPeer.Status(close, SftpStatus.Ok));
    }

    [Fact]
    public async Task Replies_cut_at_every_byte_are_the_same_replies()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        Task<SftpAttributes?> first = peer.Client.StatAsync("a"u8.ToArray(), None);
        uint id = (await peer.ReceiveAsync()).Id;
        Task<SftpAttributes?> second = peer.Client.LinkStatAsync("b"u8.ToArray(), None);
        uint other = (await peer.ReceiveAsync()).Id;
        byte[] both =
        [
            .. ScriptedPeer.Reply(PacketType.Attributes, other, new Body().UInt32(0x8000_0001).UInt64(42).UInt32(1).String("x").String("y")),
            .. ScriptedPeer.Status(id, SftpStatus.NoSuchFile, "gone"),
        ];
        foreach (byte one in both)
            await peer.SendAsync([one]);
        (await first).ShouldBeNull();
        (await second)!.SizeInBytes.ShouldBe(42);
    }

    [Fact]
    public async Task The_window_starts_at_64_KiB_in_writes_of_8_KiB_and_both_grow()
    {
        const int all = 1_000_000;
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        TimeSpan away = TimeSpan.FromMilliseconds(5);
        SftpHandle file = await peer.OpenAsync(away: away);
        Task upload = peer.Client.UploadAsync(file, new MemorySource(new byte[all]), 0, 0, all, null, None);
        var writes = new Queue<(uint Id, int Length)>();
        long received = 0;
        async Task ReceiveAsync()
        {
            (_, uint id, byte[] body) = await peer.ReceiveAsync();
            writes.Enqueue((id, body.Length - 17));
            received += body.Length - 17;
        }

        for (int i = 0; i < 8; i++)
            await ReceiveAsync();
        peer.Client.BytesSent.ShouldBe(65_536);
        writes.ShouldAllBe(write => write.Length == 8_192);
        long most = 0;
        int longest = 0;
        long acknowledged = 0;
        while (acknowledged < all)
        {
            if (writes.Count == 0)
                await ReceiveAsync();
            (uint Id, int Length) write = writes.Dequeue();
            await Task.Delay(away, TimeProvider.System);
            await peer.SendAsync(ScriptedPeer.Status(write.Id, SftpStatus.Ok));
            acknowledged += write.Length;
            await Eventually.BeTrueAsync(() => peer.Client.BytesAcknowledged == acknowledged, "it is taken in");
            while (received < peer.Client.BytesSent)
                await ReceiveAsync();
            most = Math.Max(most, received - acknowledged);
            longest = Math.Max(longest, write.Length);
        }

        await upload;
        acknowledged.ShouldBe(all);
        longest.ShouldBe(32_768);
        most.ShouldBeGreaterThan(262_144);
    }
}
