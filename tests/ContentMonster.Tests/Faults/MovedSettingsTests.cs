using ContentMonster.Configuration;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>Places in the settings change while work is under way.</summary>
public sealed class MovedSettingsTests
{
    private const int Length = 4_000_000;

    [Theory]
    [InlineData(null, "tmp2")]
    [InlineData("tmp1", "tmp2")]
    [InlineData("tmp1", null)]
    [InlineData("tmp1", "tmp2", AssemblyWay.Cat)]
    [InlineData("tmp1", null, AssemblyWay.Cat, AssemblyWay.InPlace)]
    public async Task Another_TempDir_begins_the_file_anew_and_leaves_nothing_in_either_place(
        string? before, string? after, AssemblyWay assembly = AssemblyWay.InPlace, AssemblyWay? then = null)
    {
        await using DeliveryRig rig = await UnderWayAsync(rig => rig.Change("v1", vessel => vessel with { TempDir = Place(rig, before), Assembly = assembly }));
        if (before is not null)
        {
            new Tree(Place(rig, before)!).Files.ShouldNotBeEmpty();
        }

        string hash = rig.Shore.Hash("file");
        rig.Change("v1", vessel => vessel with { TempDir = Place(rig, after), BandwidthLimit = null, Assembly = then ?? assembly });
        await rig.StartAsync();
        await rig.UntilArchivedAsync("file");
        rig.InboxOf("v1").Hash("file").ShouldBe(hash);
        await rig.UntilAsync(() => rig.InboxOf("v1").Files.Count == 1, "nothing unfinished is left there");
        if (before is not null)
        {
            await rig.UntilAsync(() => Directory.GetFileSystemEntries(Place(rig, before)!).Length == 0, "nor where unfinished files lay before");
        }
    }

    [Fact]
    public async Task Run_once_does_not_end_before_the_old_TempDir_is_tidy()
    {
        await using DeliveryRig rig = await UnderWayAsync(static rig => rig.Change("v1", vessel => vessel with { TempDir = Place(rig, "tmp") }));
        rig.Change("v1", static vessel => vessel with { TempDir = null, BandwidthLimit = null });
        await rig.StartAsync();
        await rig.Engine.WaitAllDeliveredAsync(DeliveryRig.Token);
        rig.InboxOf("v1").Files.ShouldBe(["file"]);
        new Tree(Place(rig, "tmp")!).Files.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_same_TempDir_by_another_name_goes_on_where_it_was()
    {
        await using DeliveryRig rig = await UnderWayAsync(rig => rig.Change("v1", vessel => vessel with { TempDir = Place(rig, "tmp") }));
        string hash = rig.Shore.Hash("file");
        rig.Change("v1", vessel => vessel with { TempDir = Path.Combine(rig.HomeOf("v1"), ".", "tmp"), BandwidthLimit = null });
        await rig.StartAsync();
        await rig.UntilArchivedAsync("file");
        rig.InboxOf("v1").Hash("file").ShouldBe(hash);
        rig.SentFor("file", "v1").Single().ShouldBeLessThan(Length - 800_000, "what was there is not sent again");
        await rig.UntilAsync(() => new Tree(Place(rig, "tmp")!).Files.Count == 0, "nothing is left there");
    }

    [Fact]
    public async Task A_Location_that_is_moved_with_its_files_goes_on_where_it_was()
    {
        await using DeliveryRig rig = await UnderWayAsync(_ => { });
        string hash = rig.Shore.Hash("file");
        string moved = Path.Combine(rig.Scratch, "moved");
        Directory.Move(rig.LocationOf(DeliveryRig.In), moved);
        rig.ChangeDirectory(directory => directory with { Location = moved });
        await rig.StartAsync();
        var shore = new Tree(moved);
        await rig.UntilAsync(() => shore.Has("processed/file"), "it is archived");
        rig.InboxOf("v1").Hash("file").ShouldBe(hash);
        rig.InboxOf("v1").Files.ShouldBe(["file"]);
        rig.SentFor("file", "v1").Single().ShouldBeLessThan(Length - 800_000, "what was there is not sent again");
    }

    private static string? Place(DeliveryRig rig, string? name) => name is null ? null : Path.Combine(rig.HomeOf("v1"), name);

    // Stopped in the middle.
    private static async Task<DeliveryRig> UnderWayAsync(Action<DeliveryRig> prepare)
    {
        DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        rig.Change("v1", vessel => vessel with { BandwidthLimit = 1_500_000 });
        prepare(rig);
        rig.Put("file", Length);
        await rig.StartAsync();
        await rig.UntilAsync(() => rig.Shown("v1").Active.Any(file => file.AcknowledgedBytes > 1_000_000), "the file is under way");
        await rig.StopAsync();
        return rig;
    }
}
