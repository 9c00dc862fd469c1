using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Wire;

namespace ContentMonster.Tests.Client;

public sealed class SpaceTests
{
    [Theory]
    [InlineData(0, 0, long.MaxValue)]
    [InlineData(100, 0, 0)]
    [InlineData(100, 7, 7)]
    public async Task A_file_system_that_counts_no_inodes_is_not_out_of_them(ulong files, ulong available, long told)
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(null, ("statvfs@openssh.com", "2"));
        Task<SftpSpace?> asking = peer.Client.SpaceAsync("/"u8.ToArray(), TestContext.Current.CancellationToken);
        (_, uint id, _) = await peer.ReceiveAsync();
        Body answer = new Body().UInt64(4096).UInt64(4096).UInt64(1000).UInt64(500).UInt64(400).UInt64(files).UInt64(available).UInt64(available).UInt64(1).UInt64(0).UInt64(255);
        await peer.SendAsync(ScriptedPeer.Reply(PacketType.ExtendedReply, id, answer));
        (await asking).ShouldNotBeNull().AvailableFiles.ShouldBe(told);
    }
}
