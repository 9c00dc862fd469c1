using System.Text;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Wire;
using ContentMonster.Tests.Client;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class RemoteSweepTests
{
    private const uint Folder = 0x4000;

    [Fact]
    public async Task What_lies_in_an_earlier_TempDir_that_cannot_be_listed_does_not_count_as_removed()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        Task<IReadOnlyDictionary<BytePath, SftpStatusException>> sweeping = RemoteSweep.RunAsync(
            peer.Client, [PartName.InTempDir(BytePath.FromText("tmp"), PartName.NewId())], null, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        (PacketType type, uint id, _) = await peer.ReceiveAsync();
        type.ShouldBe(PacketType.OpenDirectory);
        await peer.SendAsync(ScriptedPeer.Status(id, SftpStatus.PermissionDenied));
        (await sweeping).Values.ShouldHaveSingleItem().Status.ShouldBe(SftpStatus.PermissionDenied);
    }

    [Fact]
    public async Task A_piece_in_TempDir_that_cannot_be_removed_does_not_count_as_removed()
    {
        string id = PartName.NewId();
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(null, ("posix-rename@openssh.com", "1"));
        Task<IReadOnlyDictionary<BytePath, SftpStatusException>> sweeping = RemoteSweep.RunAsync(
            peer.Client, [PartName.Sibling(BytePath.FromText("in/file"), id)], Pieces(peer, BytePath.FromText("tmp")), TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        for (int listed = 0, removed = 0; removed < 2;)
        {
            (PacketType type, uint request, _) = await peer.ReceiveAsync();
            removed += type == PacketType.Remove ? 1 : 0;
            await peer.SendAsync(type switch
            {
                PacketType.Remove => ScriptedPeer.Status(request, removed == 1 ? SftpStatus.Ok : SftpStatus.PermissionDenied),
                PacketType.OpenDirectory => ScriptedPeer.Handle(request),
                PacketType.ReadDirectory when listed++ == 0 => ScriptedPeer.Reply(PacketType.Name, request, new Body().UInt32(1).String($"{id}_0.part").String("").UInt32(0)),
                PacketType.ReadDirectory => ScriptedPeer.Status(request, SftpStatus.Eof),
                _ => ScriptedPeer.Status(request, SftpStatus.Ok),
            });
        }

        (PacketType looked, uint look, _) = await peer.ReceiveAsync();
        while (looked != PacketType.LinkStat)
        {
            await peer.SendAsync(ScriptedPeer.Status(look, SftpStatus.Ok));
            (looked, look, _) = await peer.ReceiveAsync();
        }

        await peer.SendAsync(ScriptedPeer.Reply(PacketType.Attributes, look, new Body().UInt32(0)));
        (await sweeping).Values.ShouldHaveSingleItem().Status.ShouldBe(SftpStatus.PermissionDenied);
    }

    [Fact]
    public async Task What_is_left_behind_in_the_TempDir_in_force_is_removed_and_the_folder_stays()
    {
        string id = PartName.NewId();
        var folder = BytePath.FromText("tmp");
        List<PacketType> asked = [];
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(null, ("posix-rename@openssh.com", "1"));
        Task<IReadOnlyDictionary<BytePath, SftpStatusException>> sweeping = RemoteSweep.RunAsync(peer.Client, [PartName.InTempDir(folder, id)], Pieces(peer, folder), TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        for (bool listed = false; asked.Count(type => type == PacketType.RealPath) < 2;)
        {
            (PacketType type, uint request, _) = await peer.ReceiveAsync();
            asked.Add(type);
            await peer.SendAsync(type switch
            {
                PacketType.OpenDirectory => ScriptedPeer.Handle(request),
                PacketType.ReadDirectory when !listed => ScriptedPeer.Reply(PacketType.Name, request, new Body().UInt32(1).String($"{id}.part").String("").UInt32(0)),
                PacketType.ReadDirectory => ScriptedPeer.Status(request, SftpStatus.Eof),
                PacketType.RealPath => ScriptedPeer.Reply(PacketType.Name, request, new Body().UInt32(1).String("/home/tmp").String("").UInt32(0)),
                _ => ScriptedPeer.Status(request, SftpStatus.Ok),
            });
            listed |= type == PacketType.ReadDirectory;
        }

        asked.Count(type => type == PacketType.Remove).ShouldBe(1);
        asked.ShouldNotContain(PacketType.RemoveDirectory);
        (await sweeping).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(nameof(PacketType.OpenDirectory))]
    [InlineData(nameof(PacketType.RemoveDirectory))]
    public async Task Another_sweep_may_be_first_with_the_folder_of_an_archive(string gone)
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(null, ("posix-rename@openssh.com", "1"));
        Task<IReadOnlyDictionary<BytePath, SftpStatusException>> sweeping = RemoteSweep.RunAsync(
            peer.Client, [PartName.Pack(BytePath.FromText("in"), PartName.NewId())], null, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        for (bool ended = false; !ended;)
        {
            (PacketType type, uint id, _) = await peer.ReceiveAsync();
            ended = type.ToString() == gone;
            await peer.SendAsync(ended ? ScriptedPeer.Status(id, SftpStatus.NoSuchFile) : type switch
            {
                PacketType.LinkStat => ScriptedPeer.Reply(PacketType.Attributes, id, new Body().UInt32(4).UInt32(Folder | 0x1C0)),
                PacketType.OpenDirectory => ScriptedPeer.Handle(id),
                PacketType.ReadDirectory => ScriptedPeer.Status(id, SftpStatus.Eof),
                _ => ScriptedPeer.Status(id, SftpStatus.Ok),
            });
        }

        (await sweeping).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task What_a_script_unpacks_meanwhile_is_removed_with_the_folder_of_its_archive(int refusals, bool isRemoved)
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(null, ("posix-rename@openssh.com", "1"));
        Task<IReadOnlyDictionary<BytePath, SftpStatusException>> sweeping = RemoteSweep.RunAsync(
            peer.Client, [PartName.Pack(BytePath.FromText("in"), PartName.NewId())], null, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        int refused = 0;
        int removed = 0;
        bool listed = false;
        for (bool ended = false; !ended;)
        {
            (PacketType type, uint id, _) = await peer.ReceiveAsync();
            removed += type == PacketType.Remove ? 1 : 0;
            listed = type == PacketType.ReadDirectory ? !listed : listed;
            bool isRefused = type == PacketType.RemoveDirectory && refused++ < refusals;
            ended = type == PacketType.RemoveDirectory && (!isRefused || refused == 3);
            await peer.SendAsync(type switch
            {
                PacketType.LinkStat => ScriptedPeer.Reply(PacketType.Attributes, id, new Body().UInt32(4).UInt32(Folder | 0x1C0)),
                PacketType.OpenDirectory => ScriptedPeer.Handle(id),
                PacketType.ReadDirectory when listed => ScriptedPeer.Reply(PacketType.Name, id, new Body().UInt32(1).String("file").String("").UInt32(0)),
                PacketType.ReadDirectory => ScriptedPeer.Status(id, SftpStatus.Eof),
                _ => ScriptedPeer.Status(id, isRefused ? SftpStatus.Failure : SftpStatus.Ok),
            });
        }

        if (isRemoved)
        {
            (await sweeping).ShouldBeEmpty();
        }
        else
        {
            (await sweeping).Values.ShouldHaveSingleItem().Status.ShouldBe(SftpStatus.Failure);
        }

        removed.ShouldBe(1 + 3); // The archive, and what was in its folder each time.
    }

    [Fact]
    public async Task One_that_cannot_be_removed_is_told_and_the_others_are_removed_all_the_same()
    {
        BytePath[] parts = [.. new[] { "a", "b", "c" }.Select(name => PartName.Sibling(BytePath.FromText(name), PartName.NewId()))];
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(null, ("posix-rename@openssh.com", "1"));
        Task<IReadOnlyDictionary<BytePath, SftpStatusException>> sweeping = RemoteSweep.RunAsync(peer.Client, parts, null, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        for (int answered = 0; answered < 4; answered++)
        {
            (PacketType type, uint id, byte[] body) = await peer.ReceiveAsync();
            bool refused = Encoding.Latin1.GetString(body).Contains(parts[1].ToString(), StringComparison.Ordinal);
            await peer.SendAsync(type == PacketType.LinkStat ? ScriptedPeer.Reply(PacketType.Attributes, id, new Body().UInt32(0)) : ScriptedPeer.Status(id, refused ? SftpStatus.PermissionDenied : SftpStatus.Ok));
        }

        (await sweeping).Keys.ShouldBe([parts[1]]);
    }

    [Fact]
    public async Task The_folder_of_an_archive_that_lists_without_an_end_is_given_up_after_a_few_times_what_an_archive_holds()
    {
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync(null, ("posix-rename@openssh.com", "1"));
        Task<IReadOnlyDictionary<BytePath, SftpStatusException>> sweeping = RemoteSweep.RunAsync(
            peer.Client, [PartName.Pack(BytePath.FromText("in"), PartName.NewId())], null, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        int removed = 0;
        for (int emptied = 0; emptied < 3;)
        {
            (PacketType type, uint id, _) = await peer.ReceiveAsync();
            removed += type == PacketType.Remove ? 1 : 0;
            emptied += type == PacketType.RemoveDirectory ? 1 : 0;
            await peer.SendAsync(type switch
            {
                PacketType.LinkStat => ScriptedPeer.Reply(PacketType.Attributes, id, new Body().UInt32(4).UInt32(Folder | 0x1C0)),
                PacketType.OpenDirectory => ScriptedPeer.Handle(id),
                PacketType.ReadDirectory => ScriptedPeer.Reply(PacketType.Name, id, Hundred(number => $"file{number}")),
                _ => ScriptedPeer.Status(id, type == PacketType.RemoveDirectory ? SftpStatus.Failure : SftpStatus.Ok),
            });
        }

        (await sweeping).Count.ShouldBe(1);
        removed.ShouldBeLessThan(3 * (PackLayout.MostFiles + 88));
    }

    [Fact]
    public async Task Pieces_that_become_no_fewer_are_given_up()
    {
        string id = PartName.NewId();
        await using ScriptedPeer peer = await ScriptedPeer.ConnectedAsync();
        var folder = BytePath.FromText("tmp");
        Task<IReadOnlyDictionary<string, SftpStatusException>> sweeping = RemoteSweep.RemovePiecesAsync(
            peer.Client, new HashSet<string>(StringComparer.Ordinal) { id }, folder, mustList: false, TestContext.Current.CancellationToken);
        int listed = 0;
        while (!sweeping.IsCompleted)
        {
            Task<(PacketType Type, uint Id, byte[] Body)> asked = peer.ReceiveAsync();
            if (await Task.WhenAny(asked, sweeping) == sweeping)
            {
                break;
            }

            (PacketType type, uint request, _) = await asked;
            listed += type == PacketType.OpenDirectory ? 1 : 0;
            await peer.SendAsync(type switch
            {
                PacketType.OpenDirectory => ScriptedPeer.Handle(request),
                PacketType.ReadDirectory => ScriptedPeer.Reply(PacketType.Name, request, Hundred(number => $"{id}_{number}.part")),
                _ => ScriptedPeer.Status(request, SftpStatus.Ok),
            });
        }

        (await sweeping)[id].Message.ShouldContain("more of them");
        listed.ShouldBe(101);
    }

    private static Body Hundred(Func<int, string> name) =>
        Enumerable.Range(0, 100).Aggregate(new Body().UInt32(100), (body, number) => body.String(name(number)).String("").UInt32(0));

    private static PieceSweep Pieces(ScriptedPeer peer, BytePath folder) =>
        new(folder, ids => RemoteSweep.RemovePiecesAsync(peer.Client, ids, folder, mustList: false, TestContext.Current.CancellationToken));
}
