using ContentMonster.Model;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Wire;
using ContentMonster.Tests.Client;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class RenameLookTests
{
    private const uint Regular = 0x81A4;
    private const uint Directory = 0x41ED;
    private static readonly PublishRequest Request = new(BytePath.FromText(".file.part"), BytePath.FromText("file"), 100, 0, 0x1A4);

    [Theory]
    [InlineData(null, null, null)] // taken away by the vessel's own programs
    [InlineData(null, Regular, null)]
    [InlineData(Regular, null, FailureKind.Refused)]
    [InlineData(Regular, Regular, FailureKind.Refused)] // perhaps the older version
    [InlineData(null, Directory, FailureKind.DataCorrupt)]
    public async Task A_rename_that_was_not_done_is_no_publication(uint? part, uint? destination, FailureKind? kind) =>
        ((await SeenAsync(SftpStatus.Ok, part, destination, 100))?.Kind).ShouldBe(kind);

    [Fact]
    public async Task Nor_is_one_that_leaves_another_size()
    {
        VesselException failure = (await SeenAsync(SftpStatus.Ok, null, Regular, 99)).ShouldNotBeNull();
        failure.Kind.ShouldBe(FailureKind.DataCorrupt);
        failure.Message.ShouldContain("a file of 99 bytes where 100 were sent");
    }

    [Fact]
    public async Task A_rename_that_failed_is_told_as_that_whatever_is_there() =>
        (await Should.ThrowAsync<SftpStatusException>(() => SeenAsync(SftpStatus.NoSuchFile, Regular, Directory, 100))).Status.ShouldBe(SftpStatus.NoSuchFile);

    private static async Task<VesselException?> SeenAsync(SftpStatus renamed, uint? part, uint? destination, ulong size)
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(null, ("posix-rename@openssh.com", "1"));
        CancellationToken token = TestContext.Current.CancellationToken;
        Task seeing = RenameLook.SeenAsync(peer.Client, "ship", Request, peer.Client.PosixRenameAsync(Request.Part.Bytes, Request.Destination.Bytes, token), token);

        // All three before any is answered: one round trip.
        (PacketType Type, uint Id, byte[] Body)[] asked = [await peer.ReceiveAsync(), await peer.ReceiveAsync(), await peer.ReceiveAsync()];
        asked.Select(one => one.Type).ShouldBe([PacketType.Extended, PacketType.LinkStat, PacketType.LinkStat]);
        await peer.SendAsync(ScriptedPeer.Status(asked[0].Id, renamed));
        await peer.SendAsync(Look(asked[1].Id, destination, size));
        await peer.SendAsync(Look(asked[2].Id, part, size));
        try
        {
            await seeing;
            return null;
        }
        catch (VesselException failure)
        {
            return failure;
        }
    }

    // Size and mode.
    private static byte[] Look(uint id, uint? mode, ulong size) => mode is not uint there
        ? ScriptedPeer.Status(id, SftpStatus.NoSuchFile)
        : ScriptedPeer.Reply(PacketType.Attributes, id, new Body().UInt32(5).UInt64(size).UInt32(there));
}
