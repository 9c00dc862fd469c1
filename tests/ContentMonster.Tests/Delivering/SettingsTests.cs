using System.Text;
using ContentMonster.Configuration;
using ContentMonster.Model;
using ContentMonster.Tests.Ledger;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Delivering;

/// <summary>What the settings say about takers and about what becomes of delivered files, and what happens when they change.</summary>
public sealed class SettingsTests
{
    [Fact]
    public async Task What_waits_and_is_left_out_by_new_settings_is_taken_back_before_anything_is_sent()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("ship");
        int port = rig.Settings.Vessels[0].Port!.Value;
        rig.Change("ship", static vessel => vessel with { Port = 1 });
        rig.Put("secret.tmp", 100);
        rig.Put("film", 100);
        await rig.StartAsync();
        await rig.UntilAsync(async () => (await rig.TotalsOfAsync("ship")).WaitingFiles == 2, "both wait");
        await rig.StopAsync();

        rig.Change("ship", vessel => vessel with { Port = port });
        rig.ChangeDirectory(static directory => directory with { Exclude = ["*.tmp"] });
        int before = rig.Log.Lines.Count;
        await rig.StartAsync();
        await rig.UntilPublishedAsync("ship", 1);
        await rig.UntilAsync(() => rig.InboxOf("ship").Files.Contains("film", StringComparer.Ordinal), "the other is there");
        string[] said = [.. rig.Log.Lines.Skip(before)];
        int withdrew = Array.FindIndex(said, static line => line.StartsWith("Withdrew 1 files of in: left out by the settings", StringComparison.Ordinal));
        withdrew.ShouldBeInRange(0, Array.FindIndex(said, static line => line.StartsWith("Watching ", StringComparison.Ordinal)), string.Join('\n', said));
        rig.InboxOf("ship").Files.ShouldBe(["film"]);
        File.Exists(Path.Combine(rig.LocationOf(DeliveryRig.In), "secret.tmp")).ShouldBeTrue();
    }

    [Fact]
    public async Task An_ignored_directory_is_archived_when_the_others_have_it_and_one_without_takers_never()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1", "v2");
        rig.AddDirectory("some");
        rig.AddDirectory("none");
        rig.Change("v1", vessel => vessel with { IgnoreDirs = ["none"] });
        rig.Change("v2", vessel => vessel with { IgnoreDirs = ["some", "none"] });
        rig.Put("unwanted", 1000, "none");
        await rig.StartAsync();
        await rig.UntilAsync(async () => (await rig.Engine.TotalsAsync(DeliveryRig.Token)).LiveFiles == 1, "the unwanted file is known");
        rig.Put("file", 1000, "some");
        rig.Put("all", 1000);
        await rig.UntilArchivedAsync("all");
        await rig.UntilAsync(() => File.Exists(Path.Combine(rig.LocationOf("some"), "processed/file")), "it is archived with one taker");
        File.Exists(Path.Combine(rig.LocationOf("none"), "unwanted")).ShouldBeTrue();
        new Tree(rig.HomeOf("v1")).Files.ShouldBe(["inbox/all", "some/file"]);
        new Tree(rig.HomeOf("v2")).Files.ShouldBe(["inbox/all"]);
    }

    [Fact]
    public async Task A_vessel_added_later_gets_what_is_still_in_place_and_the_first_gets_nothing_twice()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        rig.ChangeDirectory(directory => directory with { OnComplete = OnComplete.Keep });
        string a = rig.Put("a", 1000);
        string b = rig.Put("sub/b", 2_500_000);
        await rig.StartAsync();
        await rig.UntilPublishedAsync("v1", 2);
        await rig.UntilAsync(() => rig.Said("in/sub/b", "kept in place") && rig.Said("in/a", "kept in place"), "both are done with");
        await rig.StopAsync();
        rig.InboxOf("v1").Files.ShouldBe(["a", "sub/b"]);

        await rig.AddVesselAsync("v2");
        await rig.StartAsync();
        await rig.UntilPublishedAsync("v2", 2);
        rig.Said("v2 newly takes 2 files").ShouldBeTrue();
        (rig.InboxOf("v2").Hash("a"), rig.InboxOf("v2").Hash("sub/b")).ShouldBe((a, b));
        rig.Log.Lines.Count(line => line.StartsWith("Published", StringComparison.Ordinal) && line.Contains("on v1", StringComparison.Ordinal)).ShouldBe(2);
        rig.Shore.Files.ShouldBe(["a", "sub/b"]);
    }

    [Fact]
    public async Task A_removed_vessel_is_named_before_archiving_counts_without_it()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1", "v2");
        await rig.Server("v2").StopAsync();
        rig.Put("file", 1000);
        await rig.StartAsync();
        await rig.UntilPublishedAsync("v1", 1);
        await rig.UntilAsync(() => rig.Shown("v2").ErrorKind == FailureKind.Unreachable, "v2 is away");
        rig.Shore.Files.ShouldBe(["file"]);
        await rig.StopAsync();
        rig.RemoveVessel("v2");
        await rig.StartAsync();
        await rig.UntilSaidAsync("All vessels have in/file", "moved to processed/file");
        List<string> lines = [.. rig.Log.Lines];
        int named = lines.FindIndex(line => line.Contains("v2 is no longer in the settings: 1 files", StringComparison.Ordinal));
        named.ShouldBeInRange(0, lines.FindIndex(line => line.StartsWith("All vessels have in/file", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Delete_removes_what_all_have_and_only_that()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1", "v2");
        rig.ChangeDirectory(directory => directory with { OnComplete = OnComplete.Delete });
        await rig.Server("v2").StopAsync();
        string hash = rig.Put("file", 1000);
        await rig.StartAsync();
        await rig.UntilPublishedAsync("v1", 1);
        rig.Shore.Files.ShouldBe(["file"]);
        await rig.Server("v2").RestartAsync(DeliveryRig.Token);
        await rig.UntilAsync(() => rig.Shore.Files.Count == 0, "it is deleted");
        rig.InboxOf("v2").Hash("file").ShouldBe(hash);
    }

    [Fact]
    public async Task A_taken_name_in_processed_gets_a_suffix_and_nothing_is_overwritten()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        string old = rig.Put("processed/sub/a.txt", 500);
        string first = rig.Put("sub/a.txt", 600);
        await rig.StartAsync();
        await rig.UntilAsync(() => rig.Shore.Files.Count == 2 && !rig.Shore.Has("sub/a.txt"), "the first is archived");
        string second = rig.Put("sub/a.txt", 700);
        await rig.UntilAsync(() => rig.Shore.Files.Count == 3 && !rig.Shore.Has("sub/a.txt"), "the second is archived");
        rig.Shore.Hash("processed/sub/a.txt").ShouldBe(old);
        rig.Shore.Files.Select(rig.Shore.Hash).Order(StringComparer.Ordinal).ShouldBe(new[] { old, first, second }.Order(StringComparer.Ordinal));
        rig.InboxOf("v1").Hash("sub/a.txt").ShouldBe(second);
    }

    [Fact]
    public async Task What_lay_in_processed_for_its_retention_is_removed()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        rig.ChangeDirectory(directory => directory with { ProcessedRetention = TimeSpan.FromSeconds(3) });
        rig.Put("sub/file", 1000);
        await rig.StartAsync();
        await rig.UntilSaidAsync("All vessels have in/sub/file", "moved to processed/sub/file");
        await rig.UntilSaidAsync("Removed 1 files from in's processed files");
        rig.Shore.Files.ShouldBeEmpty();
        rig.InboxOf("v1").Files.ShouldBe(["sub/file"]);
    }

    [Fact]
    public async Task An_old_tree_of_the_Python_program_is_taken_over_without_a_byte_sent()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1", "v2");
        var recorded = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in new[] { "a.txt", "b c.bin", "größe" })
        {
            byte[] content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(name, 400_000)));
            recorded[name] = rig.Put(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(name)), content);
            foreach (string vessel in new[] { "v1", "v2" })
            {
                Directory.CreateDirectory(rig.InboxOf(vessel).Root);
                await File.WriteAllBytesAsync(Path.Combine(rig.InboxOf(vessel).Root, name), content, DeliveryRig.Token);
            }
        }

        string[] completed = [.. Enumerable.Range(0, 200).Select(number => $"completed/{number:000}")];
        foreach (string name in completed)
        {
            rig.Put(name, 100);
        }

        rig.Put("sub/never sent by it", 100);
        PythonDatabaseFile.Make(Path.Combine(rig.Scratch, "database.sqlite3"), DeliveryRig.In, recorded, "v1", "v2");
        await rig.StartAsync();
        await rig.UntilAsync(() => Directory.Exists(Path.Combine(rig.Shore.Root, "processed")) && Directory.GetFiles(Path.Combine(rig.Shore.Root, "processed")).Length == 3, "all are archived");
        string[] published = [];
        await rig.UntilAsync(() => (published = [.. rig.Log.Lines.Where(line => line.StartsWith("Published", StringComparison.Ordinal))]).Length >= 6, "all are told");
        published.Length.ShouldBe(6);
        published.ShouldAllBe(line => line.Contains(" bytes, 0 sent", StringComparison.Ordinal));
        rig.Shore.Files.Where(file => file.StartsWith("completed/", StringComparison.Ordinal)).ShouldBe(completed);
        rig.Shore.Has("sub/never sent by it").ShouldBeTrue();
        rig.InboxOf("v1").Files.Count.ShouldBe(3);
        rig.Said("Imported 3 recorded files").ShouldBeTrue();
        rig.Said("Subdirectories of in are not looked into").ShouldBeTrue();
    }
}
