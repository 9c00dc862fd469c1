using ContentMonster.Model;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Wire;
using ContentMonster.Tests.Client;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class OwnPartTests
{
    private const uint RegularFile = 0x8000;
    private const uint SymbolicLink = 0xA000;
    private const uint Directory = 0x4000;

    [Fact]
    public async Task A_part_that_was_made_read_only_for_its_place_is_writable_again()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        Task<SftpHandle> opening = OwnPart.OpenAsync(peer.Client, new RemoteDirectories([], "ship", tempFolder: null), BytePath.FromText(".f.part"), TestContext.Current.CancellationToken);
        await AnswerAsync(peer, PacketType.Open, id => ScriptedPeer.Status(id, SftpStatus.PermissionDenied));
        await AnswerAsync(peer, PacketType.LinkStat, id => Attributes(id, RegularFile | 0x124));
        await AnswerAsync(peer, PacketType.SetStat, id => ScriptedPeer.Status(id, SftpStatus.Ok));
        await AnswerAsync(peer, PacketType.Open, id => ScriptedPeer.Handle(id));
        (await opening).ShouldNotBeNull();
    }

    [Fact]
    public async Task What_somebody_put_in_its_place_is_left_alone()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        Task<SftpHandle> opening = OwnPart.OpenAsync(peer.Client, new RemoteDirectories([], "ship", tempFolder: null), BytePath.FromText(".f.part"), TestContext.Current.CancellationToken);
        await AnswerAsync(peer, PacketType.Open, id => ScriptedPeer.Status(id, SftpStatus.PermissionDenied));
        await AnswerAsync(peer, PacketType.LinkStat, id => Attributes(id, SymbolicLink | 0x1FF));
        (await Should.ThrowAsync<SftpStatusException>(() => opening)).Status.ShouldBe(SftpStatus.PermissionDenied);
    }

    /// <summary>Both an open that succeeds at once and the ways to make a part writable again follow what stands in TempDir's place.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Nothing_is_opened_or_changed_where_somebody_put_a_link_for_TempDir(int lookWithLink)
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        var directories = new RemoteDirectories([], "ship", BytePath.FromText("/t/id"));
        Task<SftpHandle> opening = OwnPart.OpenAsync(peer.Client, directories, BytePath.FromText("/t/id/f.part"), TestContext.Current.CancellationToken);
        await AnswerAsync(peer, PacketType.Open, id => lookWithLink == 1 ? ScriptedPeer.Handle(id) : ScriptedPeer.Status(id, SftpStatus.PermissionDenied));
        await LooksAsync(lookWithLink == 1);
        if (lookWithLink > 1)
        {
            await AnswerAsync(peer, PacketType.LinkStat, id => Attributes(id, RegularFile | 0x124));
            await LooksAsync(lookWithLink == 2);
        }

        if (lookWithLink == 3)
        {
            await AnswerAsync(peer, PacketType.SetStat, id => ScriptedPeer.Status(id, SftpStatus.Ok));
            await AnswerAsync(peer, PacketType.Open, id => ScriptedPeer.Handle(id));
            await LooksAsync(link: true);
        }

        if (lookWithLink != 2)
        {
            await AnswerAsync(peer, PacketType.Close, id => ScriptedPeer.Status(id, SftpStatus.Ok));
        }

        (await Should.ThrowAsync<VesselException>(() => opening)).Kind.ShouldBe(FailureKind.TempDirUnsafe);

        async Task LooksAsync(bool link)
        {
            await AnswerAsync(peer, PacketType.LinkStat, id => Attributes(id, link ? SymbolicLink | 0x1FF : Directory | 0x1C0));
            await AnswerAsync(peer, PacketType.LinkStat, id => Attributes(id, Directory | 0x1C0));
        }
    }

    private static byte[] Attributes(uint id, uint mode) => ScriptedPeer.Reply(PacketType.Attributes, id, new Body().UInt32(4).UInt32(mode));

    private static async Task AnswerAsync(ScriptedPeer peer, PacketType expected, Func<uint, byte[]> answer)
    {
        (PacketType type, uint id, _) = await peer.ReceiveAsync();
        type.ShouldBe(expected);
        await peer.SendAsync(answer(id));
    }
}
