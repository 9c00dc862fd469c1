using ContentMonster.Configuration;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>No space on the vessel, at each step that takes some: told with numbers, nothing half kept in the way, and on when there is space.</summary>
public sealed class FullVesselTests
{
    private const int Length = 3_500_000;

    [Fact]
    public async Task A_destination_that_fills_up_before_the_chunks_are_joined_keeps_the_chunks_and_nothing_half()
    {
        await using DeliveryRig rig = await RigAsync();
        rig.Change("v1", vessel => vessel with { Assembly = AssemblyWay.Cat, TempDir = Path.Combine(rig.HomeOf("v1"), "tmp"), BandwidthLimit = 2_000_000 });
        using var disk = new SmallDisk(rig.InboxOf("v1").Root, "8m");
        string hash = rig.Put("file", Length);
        await rig.StartAsync();
        await rig.UntilAsync(() => rig.Shown("v1").Active.Any(file => file.AcknowledgedBytes > 300_000), "the file is under way");
        disk.Fill(Path.Combine(rig.InboxOf("v1").Root, "ballast"));
        await FullAsync(rig, "file", "No space left", "bytes were free beside it");
        await rig.UntilAsync(() => rig.InboxOf("v1").Files.SequenceEqual(["ballast"], StringComparer.Ordinal), "nothing half lies in the way");
        File.Delete(Path.Combine(rig.InboxOf("v1").Root, "ballast"));
        await ArrivesAsync(rig, "file", hash);
        rig.SentFor("file", "v1").ShouldBe([0], "what was sent was kept");
        new Tree(Path.Combine(rig.HomeOf("v1"), "tmp")).Files.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_cannot_be_joined_for_want_of_space_is_not_sent_first()
    {
        await using DeliveryRig rig = await RigAsync();
        rig.Change("v1", vessel => vessel with { Assembly = AssemblyWay.Cat, TempDir = Path.Combine(rig.HomeOf("v1"), "tmp") });
        using var disk = new SmallDisk(rig.InboxOf("v1").Root, "3m");
        string hash = rig.Put("file", Length);
        await rig.StartAsync();
        await FullAsync(rig, "file", $"it takes {Length} bytes", "free at its destination");
        new Tree(Path.Combine(rig.HomeOf("v1"), "tmp")).Files.ShouldBeEmpty();
        Posix.Run("mount", "-o", "remount,size=8m", rig.InboxOf("v1").Root);
        await ArrivesAsync(rig, "file", hash);
    }

    [Fact]
    public async Task A_full_TempDir_is_told_as_full_though_the_destination_is_not()
    {
        await using DeliveryRig rig = await RigAsync();
        using var disk = new SmallDisk(Path.Combine(rig.HomeOf("v1"), "tmp"), "1m");
        rig.Change("v1", vessel => vessel with { TempDir = Path.Combine(rig.HomeOf("v1"), "tmp") });
        string ballast = Path.Combine(rig.HomeOf("v1"), "tmp/ballast");
        await File.WriteAllBytesAsync(ballast, new byte[600_000], DeliveryRig.Token);
        string hash = rig.Put("file", 900_000); // one chunk: nobody asks for the space before
        await rig.StartAsync();
        await FullAsync(rig, "file", "is full", "bytes", "tmp");
        File.Delete(ballast);
        await ArrivesAsync(rig, "file", hash);
        new Tree(Path.Combine(rig.HomeOf("v1"), "tmp")).Files.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_full_destination_is_told_though_TempDir_is_not_and_nothing_half_stays_there()
    {
        await using DeliveryRig rig = await RigAsync();
        rig.Change("v1", vessel => vessel with { TempDir = Path.Combine(rig.HomeOf("v1"), "tmp") });
        using var disk = new SmallDisk(rig.InboxOf("v1").Root, "2m");
        string hash = rig.Put("file", Length);
        await rig.StartAsync();
        await FullAsync(rig, "file", "No space left", "bytes were free beside it");
        await rig.UntilAsync(() => rig.InboxOf("v1").Files.Count == 0, "nothing half lies in the way");
        string small = rig.Put("small", 1_000_000);
        await rig.UntilAsync(() => rig.InboxOf("v1").Has("small"), "what fits goes on");
        rig.InboxOf("v1").Hash("small").ShouldBe(small);
        Posix.Run("mount", "-o", "remount,size=16m", rig.InboxOf("v1").Root);
        await ArrivesAsync(rig, "file", hash);
        rig.SentFor("file", "v1").ShouldBe([0], "what was sent was kept");
    }

    [Theory]
    [InlineData("file")]
    [InlineData("sub/dir/file")]
    public async Task A_disk_without_inodes_is_told_as_full_of_files(string name)
    {
        await using DeliveryRig rig = await RigAsync();
        using var disk = new SmallDisk(rig.InboxOf("v1").Root, "8m,nr_inodes=4");
        foreach (int number in Enumerable.Range(0, 3))
        {
            await File.WriteAllBytesAsync(Path.Combine(rig.InboxOf("v1").Root, $"ballast{number}"), [], DeliveryRig.Token);
        }

        string hash = rig.Put(name, 1000);
        await rig.StartAsync();
        await FullAsync(rig, name, "is full", "and 0 files are free");
        Posix.Run("mount", "-o", "remount,nr_inodes=1000", rig.InboxOf("v1").Root);
        await ArrivesAsync(rig, name, hash);
    }

    [Fact]
    public async Task A_disk_that_is_read_only_is_told_as_that_and_served_when_it_is_not()
    {
        await using DeliveryRig rig = await RigAsync();
        using var disk = new SmallDisk(rig.InboxOf("v1").Root, "8m");
        Posix.Run("mount", "-o", "remount,ro", rig.InboxOf("v1").Root);
        string hash = rig.Put("file", Length);
        await rig.StartAsync();
        MissingFile missing = await MissingAsync(rig, "file", FailureKind.PermissionDenied);
        missing.Missing[0].LastError!.ShouldContain("read-only");
        Posix.Run("mount", "-o", "remount,rw", rig.InboxOf("v1").Root);
        await ArrivesAsync(rig, "file", hash);
    }

    [Fact]
    public async Task Two_big_files_that_fit_only_one_by_one_do_not_fill_the_disk_with_halves()
    {
        await using DeliveryRig rig = await RigAsync();
        rig.Change("v1", vessel => vessel with { BandwidthLimit = 8_000_000 });
        using var disk = new SmallDisk(rig.InboxOf("v1").Root, "16m");
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal) { ["one"] = rig.Put("one", 10 << 20), ["two"] = rig.Put("two", 10 << 20) };
        await rig.StartAsync();
        await rig.UntilSaidAsync("steps back", "of which other files under way take");
        await rig.UntilAsync(() => hashes.Keys.Any(rig.InboxOf("v1").Has), "one of them arrives");
        string first = hashes.Keys.Single(rig.InboxOf("v1").Has);
        rig.InboxOf("v1").Hash(first).ShouldBe(hashes[first]);
        await rig.UntilAsync(() => rig.Shore.Has("processed/" + first), "and is archived");
        File.Delete(Path.Combine(rig.InboxOf("v1").Root, first));
        string second = hashes.Keys.Single(name => name != first);
        await rig.RetryAsync();
        await rig.UntilAsync(() => rig.Shore.Has("processed/" + second), "the other one follows");
        rig.InboxOf("v1").Hash(second).ShouldBe(hashes[second]);
    }

    [Fact]
    public async Task Files_of_one_chunk_that_fit_only_one_by_one_do_not_fill_the_disk_with_halves()
    {
        await using DeliveryRig rig = await RigAsync();
        rig.Settings = rig.Settings with { ChunkSizeInBytes = 10 << 20 };
        rig.Change("v1", vessel => vessel with { BandwidthLimit = 3_000_000, Connections = 4 });
        using var disk = new SmallDisk(rig.InboxOf("v1").Root, "10m");
        Dictionary<string, string> hashes = Enumerable.Range(0, 6).ToDictionary(number => $"file {number}", number => rig.Put($"file {number}", 6_000_000), StringComparer.Ordinal);
        await rig.StartAsync();
        await rig.UntilSaidAsync("steps back", "bytes are free there");
        while (hashes.Count > 0)
        {
            await rig.RetryAsync();
            await rig.UntilAsync(() => hashes.Keys.Any(name => rig.Shore.Has("processed/" + name)), "one at a time arrives");
            string arrived = hashes.Keys.First(name => rig.Shore.Has("processed/" + name));
            rig.InboxOf("v1").Hash(arrived).ShouldBe(hashes[arrived]);
            rig.InboxOf("v1").Files.Where(file => file.EndsWith(".part", StringComparison.Ordinal)).ShouldBeEmpty("none of the others is begun");
            File.Delete(Path.Combine(rig.InboxOf("v1").Root, arrived));
            hashes.Remove(arrived);
        }
    }

    [Fact]
    public async Task A_file_of_one_chunk_that_does_not_fit_is_not_begun_and_a_small_one_goes()
    {
        await using DeliveryRig rig = await RigAsync();
        rig.Settings = rig.Settings with { ChunkSizeInBytes = 10 << 20 };
        using var disk = new SmallDisk(rig.InboxOf("v1").Root, "2900k");
        string hash = rig.Put("file", 6_000_000);
        await rig.StartAsync();
        await FullAsync(rig, "file", "it takes 6000000 bytes more");
        rig.InboxOf("v1").Files.Where(name => name.StartsWith(".file.", StringComparison.Ordinal)).ShouldBeEmpty();
        rig.Put("small", 4);
        await rig.UntilAsync(() => rig.InboxOf("v1").Has("small"), "what fits goes");
        Posix.Run("mount", "-o", "remount,size=16m", rig.InboxOf("v1").Root);
        await ArrivesAsync(rig, "file", hash);
    }

    [Fact]
    public async Task Small_files_of_which_halves_fill_the_disk_make_room_for_one_another()
    {
        await using DeliveryRig rig = await RigAsync();
        rig.Change("v1", vessel => vessel with { BandwidthLimit = 1_000_000, Connections = 4 });
        using var disk = new SmallDisk(rig.InboxOf("v1").Root, "1900k");
        Dictionary<string, string> hashes = Enumerable.Range(0, 4).ToDictionary(number => $"file {number}", number => rig.Put($"file {number}", 1_000_000), StringComparer.Ordinal);
        await rig.StartAsync();
        await rig.UntilSaidAsync("steps back", "the vessel is full");
        await UntilTriedAgainAsync(rig, () => hashes.Keys.Any(name => rig.Shore.Has("processed/" + name)), "one arrives");
        rig.Said("are removed, and begun anew").ShouldBeTrue();
        string arrived = hashes.Keys.First(name => rig.Shore.Has("processed/" + name));
        rig.InboxOf("v1").Hash(arrived).ShouldBe(hashes[arrived]);
    }

    [Fact]
    public async Task A_quota_that_nobody_sees_is_no_trap_for_what_is_whole_nor_for_what_is_small()
    {
        await using DeliveryRig rig = await RigAsync();
        rig.Settings = rig.Settings with { ChunkSizeInBytes = 10 << 20 };
        using var disk = new QuotaDisk(rig.Scratch, rig.InboxOf("v1").Root, "10M");
        rig.Change("v1", vessel => vessel with { BandwidthLimit = 3_000_000, Connections = 4 });
        (string Name, string Hash)[] files = [("one", rig.Put("one", 7_000_000)), ("two", rig.Put("two", 7_000_000)), ("three", rig.Put("three", 30_000_000))];
        await rig.StartAsync();
        await rig.UntilSaidAsync("steps back", "the server answered Failure");
        rig.Put("small", 2);
        await UntilTriedAgainAsync(rig, () => files.Any(file => rig.Shore.Has("processed/" + file.Name)), "one that fits arrives");
        await UntilTriedAgainAsync(rig, () => rig.Shore.Has("processed/small"), "and what is small");
        (string name, string hash) = files.First(file => rig.Shore.Has("processed/" + file.Name));
        rig.InboxOf("v1").Hash(name).ShouldBe(hash);
        rig.Said("are removed, and begun anew").ShouldBeTrue();
    }

    [Fact]
    public async Task Many_small_files_on_a_small_disk_leave_no_archives_behind_and_go_on_when_there_is_space()
    {
        await using DeliveryRig rig = await RigAsync();
        using var disk = new SmallDisk(rig.InboxOf("v1").Root, "2m");
        Dictionary<string, string> hashes = Enumerable.Range(0, 400).ToDictionary(number => $"file {number:000}", number => rig.Put($"file {number:000}", 8_192), StringComparer.Ordinal);
        await rig.StartAsync();
        await rig.UntilAsync(
            async () => rig.Shown("v1").Active.Count == 0 && (await rig.Engine.MissingAsync(500, DeliveryRig.Token)).Any(one => one.Missing[0].Kind == FailureKind.VesselFull), "it is told as full");
        await rig.UntilAsync(() => !rig.InboxOf("v1").Files.Any(file => file.StartsWith("..", StringComparison.Ordinal)), "no archive lies in the way");
        await rig.UntilAsync(() => rig.InboxOf("v1").Files.Count(hashes.ContainsKey) > 200, "most of what fits is there");
        Posix.Run("mount", "-o", "remount,size=16m", rig.InboxOf("v1").Root);
        await rig.RetryAsync();
        await rig.UntilAsync(() => hashes.Keys.All(name => rig.Shore.Has("processed/" + name)), "all are archived");
        hashes.ShouldAllBe(pair => rig.InboxOf("v1").Hash(pair.Key) == pair.Value);
        rig.InboxOf("v1").Files.ShouldBe(hashes.Keys.Order(StringComparer.Ordinal));
    }

    private static async Task<DeliveryRig> RigAsync()
    {
        Assert.SkipUnless(Posix.IsRoot, "Mounting takes root.");
        return await DeliveryRig.WithAsync("v1");
    }

    // Waits of seconds to minutes are cut short.
    private static Task UntilTriedAgainAsync(DeliveryRig rig, Func<bool> condition, string what)
    {
        long last = 0;
        return rig.UntilAsync(
            async () =>
            {
                if (TimeProvider.System.GetElapsedTime(last) > TimeSpan.FromSeconds(3))
                {
                    last = TimeProvider.System.GetTimestamp();
                    await rig.RetryAsync();
                }

                return condition();
            },
            what);
    }

    private static async Task<MissingFile> MissingAsync(DeliveryRig rig, string file, FailureKind kind)
    {
        MissingFile? found = null;
        await rig.UntilAsync(
            async () => (found = (await rig.Engine.MissingAsync(10, DeliveryRig.Token)).SingleOrDefault(one => one.Version.Path == Tree.Name(file) && one.Missing[0].Kind == kind)) is not null, $"{file} is told as {kind}");
        return found!;
    }

    private static async Task FullAsync(DeliveryRig rig, string file, params string[] words)
    {
        string error = (await MissingAsync(rig, file, FailureKind.VesselFull)).Missing[0].LastError!;
        words.ShouldAllBe(word => error.Contains(word, StringComparison.Ordinal), error);
    }

    private static async Task ArrivesAsync(DeliveryRig rig, string file, string hash)
    {
        await rig.RetryAsync();
        await rig.UntilAsync(() => rig.Shore.Has("processed/" + file), "it is archived");
        rig.InboxOf("v1").Hash(file).ShouldBe(hash);
    }
}
