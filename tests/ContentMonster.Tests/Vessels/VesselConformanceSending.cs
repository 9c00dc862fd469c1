using System.Security.Cryptography;
using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

/// <summary>Unfinished files: made, written at any offset, looked at, hashed, put together, removed.</summary>
public abstract class VesselConformanceSending : VesselConformance
{
    private protected VesselConformanceSending(VesselRig rig)
        : base(rig)
    {
    }

    [Fact]
    public async Task An_unfinished_file_is_made_with_what_is_missing_above_it_for_its_owner_alone()
    {
        BytePath part = PartOf(Name("deep/er/file"));
        await Vessel.CreateAsync(part, Token);
        Content(part).ShouldBe([]);
        RemoteLook look = (await Vessel.LookAsync(part, Token)).ShouldNotBeNull();
        (look.Kind, look.SizeInBytes, look.Mode & 0x1FF).ShouldBe((RemoteKind.Regular, 0, 0x180));
    }

    [Fact]
    public async Task One_that_is_there_already_is_kept()
    {
        byte[] content = Bytes(1_000);
        BytePath part = await PartAsync(Name("file"), content);
        await Vessel.CreateAsync(part, Token);
        Content(part).ShouldBe(content);
        await SendAsync(part, Bytes(0), create: true);
        Content(part).ShouldBe(content);
    }

    [Fact]
    public async Task Bytes_go_to_their_offsets_in_any_order_and_later_as_well()
    {
        byte[] content = Bytes(200_000);
        BytePath part = PartOf(Name("file"));
        await Vessel.CreateAsync(part, Token);
        await SendAsync(part, content[150_000..], create: false, at: 150_000);
        await Task.WhenAll(SendAsync(part, content[..70_000], create: false), SendAsync(part, content[70_000..150_000], create: false, at: 70_000));
        Content(part).ShouldBe(content);
    }

    [Fact]
    public async Task What_is_acknowledged_grows_without_a_gap_up_to_all_of_it()
    {
        byte[] content = Bytes(300_000);
        BytePath part = PartOf(Name("file"));
        var told = new List<long>();
        await Lane.SendAsync(part, create: true, 0, new Source(content), 0, content.Length, told.Add, Token);
        told.ShouldBe(told.Order());
        told[^1].ShouldBe(content.Length);
        Content(part).ShouldBe(content);
    }

    [Fact]
    public async Task An_unfinished_file_that_is_gone_is_told_as_that()
    {
        BytePath part = PartOf(Name("file"));
        (await KindOfAsync(SendAsync(part, Bytes(10), create: false))).ShouldBe(FailureKind.PartMissing);
    }

    [Fact]
    public async Task Looking_tells_nothing_from_a_file_and_a_directory()
    {
        byte[] content = Bytes(321);
        Put(Name("sub/file"), content);
        (await Vessel.LookAsync(Name("nothing"), Token)).ShouldBeNull();
        (await Vessel.LookAsync(Name("no/such/place"), Token)).ShouldBeNull();
        (await Vessel.LookAsync(Name("sub"), Token))!.Kind.ShouldBe(RemoteKind.Directory);
        RemoteLook file = (await Vessel.LookAsync(Name("sub/file"), Token))!;
        (file.Kind, file.SizeInBytes).ShouldBe((RemoteKind.Regular, content.Length));
    }

    [Fact]
    public async Task A_directory_is_listed_unless_it_has_too_much_in_it()
    {
        (await Vessel.NamesAsync(Name("none"), 3, Token)).ShouldBeEmpty();
        Put(Name("sub/a"), Bytes(1));
        Put(Folder.Join(BytePath.FromText("sub/ü")), Bytes(1));
        Put(Name("sub/deep/b"), Bytes(1));
        (await Vessel.NamesAsync(Name("sub"), 3, Token)).ShouldBe([new BytePath("a"u8.ToArray()), BytePath.FromText("ü"), new BytePath("deep"u8.ToArray())], ignoreOrder: true);
        (await Vessel.NamesAsync(Name("sub"), 2, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Ranges_are_hashed_in_the_order_asked_and_what_is_not_there_costs_only_its_own_answer_or_it_says_that_it_cannot()
    {
        if (!CanHash)
        {
            (await KindOfAsync(Vessel.HashAsync([new(Name("a"), 0, 1, WholeFile: true)], Token))).ShouldBe(FailureKind.Unsupported);
            return;
        }

        byte[] content = Bytes(200_000);
        Put(Name("it's $(one)"), content);
        Put(Name("empty"), []);
        RemoteRange[] ranges =
        [
            new(Name("it's $(one)"), 65_536, 65_536, WholeFile: false), new(Name("nothing"), 0, 10, WholeFile: true), new(Name("it's $(one)"), 131_072, 68_928, WholeFile: false),
            new(Name("empty"), 0, 0, WholeFile: true), new(Name("it's $(one)"), 262_144, 65_536, WholeFile: false), new(Name("it's $(one)"), 0, 200_000, WholeFile: true),
        ];
        byte[]?[] expected = [SHA256.HashData(content.AsSpan(65_536, 65_536)), null, SHA256.HashData(content.AsSpan(131_072)), SHA256.HashData([]), null, SHA256.HashData(content)];
        IReadOnlyList<RangeHash> found = await Vessel.HashAsync(ranges, Token);

        // Beyond the end there is nothing, and that is null or the hash of nothing: never that of what was wanted.
        expected[4] = found[4].Sha256 is null ? null : SHA256.HashData([]);
        found.Select(hash => hash.Sha256 is null ? "" : Convert.ToHexString(hash.Sha256)).ShouldBe(expected.Select(hash => hash is null ? "" : Convert.ToHexString(hash)));
    }

    [Fact]
    public async Task Pieces_are_joined_in_order_and_a_second_join_begins_anew_or_it_says_that_it_has_no_shell()
    {
        byte[] one = Bytes(70_000);
        byte[] two = Bytes(3);
        Put(Name("a_0.part"), one);
        Put(Name("a_1.part"), two);
        BytePath joined = PartOf(Name("file"));
        Task joining = Vessel.JoinAsync([Name("a_0.part"), Name("a_1.part")], joined, largestPiece: 0, Token);
        if (!Vessel.Facts.HasShell)
        {
            (await KindOfAsync(joining)).ShouldBe(FailureKind.Unsupported);
            Content(joined).ShouldBeNull();
            return;
        }

        await joining;
        Content(joined).ShouldBe([.. one, .. two]);
        await Vessel.JoinAsync([Name("a_1.part")], joined, largestPiece: 0, Token);
        Content(joined).ShouldBe(two);
        (await KindOfAsync(Vessel.JoinAsync([Name("a_0.part"), Name("missing")], joined, largestPiece: 0, Token))).ShouldBe(FailureKind.Refused);
    }

    [Fact]
    public async Task A_whole_file_is_copied_over_what_stands_there_or_it_says_that_it_has_no_way_to()
    {
        byte[] content = Bytes(70_000);
        Put(Name("a.part"), content);
        BytePath copy = await PartAsync(Name("file"), Bytes(100_000));
        Task copying = Vessel.CopyAsync(Name("a.part"), copy, content.Length, Token);
        if (!Vessel.Facts.HasShell && !Vessel.Facts.Extensions.Contains("copy-data", StringComparer.Ordinal))
        {
            (await KindOfAsync(copying)).ShouldBe(FailureKind.Unsupported);
            return;
        }

        await copying;
        Content(copy).ShouldBe(content);
    }

    [Fact]
    public async Task Sweeping_removes_what_is_named_and_nothing_else_and_may_be_repeated()
    {
        BytePath part = await PartAsync(Name("file"), Bytes(10));
        BytePath other = await PartAsync(Name("file"), Bytes(11));
        Put(Name("file"), Bytes(12));
        await Vessel.SweepAsync([part, PartOf(Name("never made")), PartOf(Name("no/such/place"))], Token);
        await Vessel.SweepAsync([part], Token);
        Content(part).ShouldBeNull();
        Content(other)!.Length.ShouldBe(11);
        Content(Name("file"))!.Length.ShouldBe(12);
    }

    [Fact]
    public async Task Free_space_is_told_where_the_server_tells_it_and_no_trouble_where_the_directory_is_yet_to_be_made()
    {
        await Vessel.CreateAsync(PartOf(Name("file")), Token);
        long? free = (await Vessel.SpaceAsync(PartOf(Name("file")), Token))?.FreeBytes;
        free.HasValue.ShouldBe(Vessel.Facts.Extensions.Contains("statvfs@openssh.com", StringComparer.Ordinal));
        (free ?? 1).ShouldBeGreaterThan(0);
        (await Vessel.SpaceAsync(PartOf(Name("not/yet/file")), Token) is null).ShouldBe(free is null, "a directory that is yet to be made has the room of the one above it");
    }

    [Fact]
    public async Task A_lane_that_is_closed_breaks_alone_and_another_takes_over()
    {
        byte[] content = Bytes(100_000);
        BytePath part = PartOf(Name("file"));
        IVesselLane lane = await Vessel.OpenLaneAsync(Token);
        await using IVesselLane other = await Vessel.OpenLaneAsync(Token);
        await lane.SendAsync(part, create: true, 0, new Source(content), 0, 40_000, null, Token);
        await lane.DisposeAsync();
        await lane.Ended.WaitAsync(TimeSpan.FromSeconds(30), Token);
        VesselException broken = await Should.ThrowAsync<VesselException>(() => lane.SendAsync(part, create: false, 40_000, new Source(content), 40_000, 60_000, null, Token));
        broken.IsOfTheLink.ShouldBeTrue();
        await other.SendAsync(part, create: false, 40_000, new Source(content), 40_000, 60_000, null, Token);
        Content(part).ShouldBe(content);
        (await Vessel.LookAsync(part, Token))!.SizeInBytes.ShouldBe(content.Length);
    }
}
