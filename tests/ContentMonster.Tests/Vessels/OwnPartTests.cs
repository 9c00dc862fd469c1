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

    [Fact]
    public async Task A_part_that_was_made_read_only_for_its_place_is_writable_again()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        Task<SftpHandle> opening = OwnPart.OpenAsync(peer.Client, BytePath.FromText(".f.part"), TestContext.Current.CancellationToken);
        await AnswerAsync(peer, PacketType.Open, id => ScriptedPeer.Status(id, SftpStatus.PermissionDenied));
        await AnswerAsync(peer, PacketType.LinkStat, id => ScriptedPeer.Reply(PacketType.Attributes, id, new Body().UInt32(4).UInt32(RegularFile | 0x124)));
        await AnswerAsync(peer, PacketType.SetStat, id => ScriptedPeer.Status(id, SftpStatus.Ok));
        await AnswerAsync(peer, PacketType.Open, id => ScriptedPeer.Handle(id));
        (await opening).ShouldNotBeNull();
    }

    [Fact]
    public async Task What_somebody_put_in_its_place_is_left_alone()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        Task<SftpHandle> opening = OwnPart.OpenAsync(peer.Client, BytePath.FromText(".f.part"), TestContext.Current.CancellationToken);
        await AnswerAsync(peer, PacketType.Open, id => ScriptedPeer.Status(id, SftpStatus.PermissionDenied));
        await AnswerAsync(peer, PacketType.LinkStat, id => ScriptedPeer.Reply(PacketType.Attributes, id, new Body().UInt32(4).UInt32(SymbolicLink | 0x1FF)));
        (await Should.ThrowAsync<SftpStatusException>(() => opening)).Status.ShouldBe(SftpStatus.PermissionDenied);
    }

    private static async Task AnswerAsync(ScriptedPeer peer, PacketType expected, Func<uint, byte[]> answer)
    {
        (PacketType type, uint id, _) = await peer.ReceiveAsync();
        type.ShouldBe(expected);
        await peer.SendAsync(answer(id));
    }
}
