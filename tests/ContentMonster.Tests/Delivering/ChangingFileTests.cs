using System.Security.Cryptography;
using ContentMonster.Configuration;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Delivering;

/// <summary>Files that change, and unfinished files that go, while they are under way to a slow vessel.</summary>
public sealed class ChangingFileTests
{
    private const int Length = 6_000_000;

    public static TheoryData<string> Changes => ["appended", "rewritten with the same size", "replaced", "truncated", "truncated to nothing"];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_file_that_changes_under_way_arrives_in_its_new_version_and_nothing_of_the_old_stays(string change)
    {
        await using DeliveryRig rig = await UnderWayAsync();
        string path = Path.Combine(rig.Shore.Root, "file");
        switch (change)
        {
            case "replaced":
                rig.Put("file", 300_000);
                break;
            case "truncated":
                await using (var stream = new FileStream(path, FileMode.Open))
                {
                    stream.SetLength(200_000);
                }

                break;
            case "truncated to nothing":
                await File.WriteAllBytesAsync(path, [], DeliveryRig.Token);
                break;
            case "appended":
                await using (var stream = new FileStream(path, FileMode.Append))
                {
                    stream.Write(RandomNumberGenerator.GetBytes(1000));
                }

                break;
            default:
                DateTime before = File.GetLastWriteTimeUtc(path);
                await using (var stream = new FileStream(path, FileMode.Open))
                {
                    stream.Write(RandomNumberGenerator.GetBytes(1000));
                }

                File.SetLastWriteTimeUtc(path, before);
                break;
        }

        string hash = rig.Shore.Hash("file");
        await rig.UntilArchivedAsync("file", "other");
        rig.Shore.Hash("processed/file").ShouldBe(hash);
        rig.InboxOf("v1").Hash("file").ShouldBe(hash);
        await rig.UntilAsync(() => rig.InboxOf("v1").Files.SequenceEqual(["file", "other"], StringComparer.Ordinal), "the old version's unfinished file is removed");
        (await rig.HistoryAsync()).Count(entry => entry.Event == "published" && entry.Path.ToString() == "file").ShouldBe(1);
        rig.Log.Lines.ShouldNotContain(line => line.Contains("should not happen", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_is_deleted_under_way_is_not_published_and_the_others_go_on()
    {
        await using DeliveryRig rig = await UnderWayAsync();
        File.Delete(Path.Combine(rig.Shore.Root, "file"));
        await rig.UntilArchivedAsync("other");
        await rig.UntilAsync(() => rig.InboxOf("v1").Files.SequenceEqual(["other"], StringComparer.Ordinal), "the unfinished file is removed");
        await rig.UntilAsync(async () => (await rig.Engine.TotalsAsync(DeliveryRig.Token)).LiveFiles == 0, "nothing is waited for");
        (await rig.HistoryAsync()).ShouldNotContain(entry => entry.Event == "published" && entry.Path.ToString() == "file");
    }

    [Fact]
    public async Task An_unfinished_file_that_is_removed_on_the_vessel_is_sent_again_whole()
    {
        await using DeliveryRig rig = await UnderWayAsync();
        string hash = rig.Shore.Hash("file");
        await rig.UntilAsync(() => rig.Shown("v1").Active.Any(file => file.File == "file" && file.AcknowledgedBytes > 2_000_000), "some chunks are verified");
        File.Delete(Path.Combine(rig.InboxOf("v1").Root, rig.InboxOf("v1").Files.Single(IsPartOfFile)));
        await rig.UntilArchivedAsync("file", "other");
        rig.InboxOf("v1").Hash("file").ShouldBe(hash);
        rig.InboxOf("v1").Files.ShouldBe(["file", "other"]);
        rig.Said("An unfinished file on v1 is sent again from its beginning", "is gone").ShouldBeTrue(string.Join('\n', rig.Log.Lines));
    }

    [Fact]
    public async Task A_chunk_file_that_is_removed_on_the_vessel_after_it_was_verified_is_sent_again()
    {
        await using DeliveryRig rig = await UnderWayAsync(cat: true);
        string hash = rig.Shore.Hash("file");
        await rig.UntilAsync(() => rig.Shown("v1").Active.Any(file => file.File == "file" && file.AcknowledgedBytes > 4_300_000), "some chunks are verified");
        var temp = new Tree(Path.Combine(rig.HomeOf("v1"), "tmp"));
        File.Delete(Path.Combine(temp.Root, temp.Files.First(name => name.EndsWith("_0.part", StringComparison.Ordinal))));
        await rig.UntilArchivedAsync("file", "other");
        rig.InboxOf("v1").Hash("file").ShouldBe(hash);
        new Tree(rig.HomeOf("v1")).Files.ShouldBe(["inbox/file", "inbox/other"]);
    }

    [Fact]
    public async Task An_unfinished_file_that_is_cut_short_between_two_runs_is_sent_again_where_it_lacks()
    {
        await using DeliveryRig rig = await UnderWayAsync();
        string hash = rig.Shore.Hash("file");
        await rig.UntilAsync(() => rig.Shown("v1").Active.Any(file => file.File == "file" && file.AcknowledgedBytes > 3_000_000), "half is there");
        await rig.StopAsync();
        await using (var part = new FileStream(Path.Combine(rig.InboxOf("v1").Root, rig.InboxOf("v1").Files.Single(IsPartOfFile)), FileMode.Open))
        {
            part.SetLength(500_000);
        }

        rig.Change("v1", vessel => vessel with { BandwidthLimit = null });
        await rig.StartAsync();
        await rig.UntilArchivedAsync("file", "other");
        rig.InboxOf("v1").Hash("file").ShouldBe(hash);
        rig.InboxOf("v1").Files.ShouldBe(["file", "other"]);
    }

    [Fact]
    public async Task An_unfinished_file_that_is_removed_between_two_runs_is_told_when_it_is_sent_again()
    {
        await using DeliveryRig rig = await UnderWayAsync();
        string hash = rig.Shore.Hash("file");
        await rig.UntilAsync(() => rig.Shown("v1").Active.Any(file => file.File == "file" && file.AcknowledgedBytes > 3_000_000), "half is there");
        await rig.StopAsync();
        File.Delete(Path.Combine(rig.InboxOf("v1").Root, rig.InboxOf("v1").Files.Single(IsPartOfFile)));
        rig.Change("v1", vessel => vessel with { BandwidthLimit = null });
        await rig.StartAsync();
        await rig.UntilArchivedAsync("file", "other");
        rig.InboxOf("v1").Hash("file").ShouldBe(hash);
        rig.Said("An unfinished file on v1 is sent again from its beginning", "is gone").ShouldBeTrue(string.Join('\n', rig.Log.Lines));
    }

    private static bool IsPartOfFile(string name) => name.StartsWith(".file.", StringComparison.Ordinal) && name.EndsWith(".part", StringComparison.Ordinal);

    // The file is well begun and far from done; another one waits beside it.
    private static async Task<DeliveryRig> UnderWayAsync(bool cat = false)
    {
        DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        rig.Change("v1", vessel => vessel with { BandwidthLimit = 1_000_000 });
        if (cat)
        {
            rig.Change("v1", vessel => vessel with { Assembly = AssemblyWay.Cat, TempDir = Path.Combine(rig.HomeOf("v1"), "tmp") });
        }

        rig.Put("file", Length);
        await rig.StartAsync();
        await rig.UntilAsync(() => rig.Shown("v1").Active.Any(file => file.AcknowledgedBytes > 500_000), "the file is under way");
        rig.Put("other", 2000);
        return rig;
    }
}
