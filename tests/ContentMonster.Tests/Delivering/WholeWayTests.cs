using System.Security.Cryptography;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Delivering;

/// <summary>From a directory on the shore to real servers and into the archive.</summary>
public sealed class WholeWayTests
{
    private static readonly string[] Both = ["v1", "v2"];

    public static TheoryData<AssemblyWay> Ways => [AssemblyWay.InPlace, AssemblyWay.Cat];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_file_of_three_chunks_is_on_both_vessels_bit_for_bit_with_time_and_mode_and_archived(AssemblyWay way)
    {
        await using DeliveryRig rig = await RigAsync(way);
        rig.Settings = rig.Settings with { ChunkSizeInBytes = 10 << 20 };
        var time = new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.Zero);
        byte[] content = RandomNumberGenerator.GetBytes(25_000_000);
        string hash = rig.Put("film.mkv", content, prepare: file =>
        {
            Posix.Run("chmod", "640", file);
            File.SetLastWriteTimeUtc(file, time.UtcDateTime);
        });
        await rig.StartAsync();
        await rig.UntilArchivedAsync("film.mkv");
        foreach (string vessel in Both)
        {
            rig.InboxOf(vessel).Hash("film.mkv").ShouldBe(hash);
            FileStamp stamp = rig.InboxOf(vessel).Look("film.mkv")!.Value.Stamp;
            stamp.Mode.ShouldBe(0x1A0);
            (stamp.ModifiedUnixNanoseconds / 1_000_000_000).ShouldBe(time.ToUnixTimeSeconds());
            new Tree(rig.HomeOf(vessel)).Files.ShouldBe(["inbox/film.mkv"], "nothing of ours is left, neither beside the file nor in TempDir");
        }

        rig.Shore.Hash("processed/film.mkv").ShouldBe(hash);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Names_are_bytes_and_arrive_as_they_are(AssemblyWay way)
    {
        string[] names =
        [
            ".dot", " spaces at both ends ", "quo'te\"s", "new\nline", "-rf", "back\\slash", "$(touch x)", "`id`", "~", "*", "%d %%", "a;b&c|d",
            new('n', 255), "\u00c3\u00bcber \u00e6\u0097\u00a5.txt", "bad \u00ff\u00fe utf-8", "\u001b[31mred", "sub dir/$(x)/'q'/-n", "sub dir/second", "deep/\u00ff/\n/x",
        ];
        await using DeliveryRig rig = await RigAsync(way);
        rig.Settings = rig.Settings with { ChunkSizeInBytes = 64 << 10 };
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal) { ["nothing"] = rig.Put("nothing", 0), ["sub dir/nothing"] = rig.Put("sub dir/nothing", 0) };
        foreach (string name in names)
        {
            hashes[name] = rig.Put(name, 150_000);
        }

        await rig.StartAsync();
        await rig.UntilArchivedAsync([.. hashes.Keys]);
        foreach (string vessel in Both)
        {
            rig.InboxOf(vessel).Files.ShouldBe(hashes.Keys.Order(StringComparer.Ordinal));
            foreach ((string name, string hash) in hashes)
            {
                rig.InboxOf(vessel).Hash(name).ShouldBe(hash, name);
            }
        }

        rig.Log.Lines.ShouldNotContain(line => line.Contains('\u001b') || line.Contains('\n'));
    }

    [Fact]
    public async Task A_thousand_small_files_at_once_arrive_and_are_archived_exactly_once()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync(Both);
        await rig.StartAsync();
        string[] names = [.. Enumerable.Range(0, 1000).Select(number => $"dir{number % 7}/file {number}").Order(StringComparer.Ordinal)];
        Dictionary<string, string> hashes = names.ToDictionary(name => name, name => rig.Put(name, RandomNumberGenerator.GetInt32(3000)), StringComparer.Ordinal);
        await rig.UntilArchivedAsync(names);
        foreach (string vessel in Both)
        {
            rig.InboxOf(vessel).Files.ShouldBe(names);
            hashes.ShouldAllBe(pair => rig.InboxOf(vessel).Hash(pair.Key) == pair.Value);
        }

        await rig.UntilAsync(async () => (await rig.Engine.TotalsAsync(DeliveryRig.Token)).FilesArchived == 1000, "all are booked as archived");
        string[] events = [.. (await rig.HistoryAsync()).Select(entry => $"{entry.Event} {entry.Path} {entry.Vessel}")];
        events.Order(StringComparer.Ordinal).ShouldBe(
            names.SelectMany(name => Both.Select(vessel => $"published {name} {vessel}").Append($"archived {name} ")).Order(StringComparer.Ordinal), string.Join('\n', rig.Log.Lines.Take(200)));
    }

    [Fact]
    public async Task How_far_a_large_file_of_one_chunk_has_come_is_booked_while_it_travels()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        rig.Settings = rig.Settings with { ChunkSizeInBytes = 10 << 20 };
        rig.Change("v1", vessel => vessel with { BandwidthLimit = 500_000 });
        rig.Put("file", 3_000_000);
        await rig.StartAsync();
        await rig.UntilAsync(
            async () =>
            {
                var totals = await rig.TotalsOfAsync("v1");
                totals.PublishedFiles.ShouldBe(0, "it is still under way");
                return totals.WaitingFiles == 1 && totals.WaitingBytes is > 0 and < 2_900_000;
            },
            "its progress is booked");
    }

    [Fact]
    public async Task What_stands_there_with_the_same_content_is_only_booked_and_other_content_is_replaced_in_one_step()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        byte[] same = RandomNumberGenerator.GetBytes(3_000_000);
        string inbox = Directory.CreateDirectory(rig.InboxOf("v1").Root).FullName;
        await File.WriteAllBytesAsync(Path.Combine(inbox, "same"), same, DeliveryRig.Token);
        await File.WriteAllBytesAsync(Path.Combine(inbox, "other"), same, DeliveryRig.Token);
        long inode = rig.InboxOf("v1").Look("same")!.Value.Stamp.Inode;
        await using FileStream reader = File.OpenRead(Path.Combine(inbox, "other"));
        rig.Put("same", same, prepare: file => Posix.Run("chmod", "400", file));
        string other = rig.Put("other", same.Length);
        await rig.StartAsync();
        await rig.UntilArchivedAsync("other", "same");
        rig.Said("in/same on v1", ": 3000000 bytes, 0 sent").ShouldBeTrue();
        rig.InboxOf("v1").Look("same")!.Value.Stamp.Inode.ShouldBe(inode);
        rig.InboxOf("v1").Look("same")!.Value.Stamp.Mode.ShouldBe(0x100);
        rig.InboxOf("v1").Hash("other").ShouldBe(other);
        rig.InboxOf("v1").Files.ShouldBe(["other", "same"]);
        Convert.ToHexString(await SHA256.HashDataAsync(reader, DeliveryRig.Token)).ShouldBe(Convert.ToHexString(SHA256.HashData(same)), "who reads the old file keeps it");
    }

    [Fact]
    public async Task A_destination_that_is_no_regular_file_is_refused_and_the_others_go_on()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        string inbox = Directory.CreateDirectory(rig.InboxOf("v1").Root).FullName;
        string[] refused = ["fifo", "link", .. Enumerable.Range(0, 12).Select(number => $"directory {number:00}")];
        foreach (string directory in refused[2..])
        {
            Directory.CreateDirectory(Path.Combine(inbox, directory));
        }

        string target = Path.Combine(rig.HomeOf("v1"), "target");
        await File.WriteAllTextAsync(target, "precious", DeliveryRig.Token);
        File.CreateSymbolicLink(Path.Combine(inbox, "link"), target);
        Posix.Run("mkfifo", Path.Combine(inbox, "fifo"));
        foreach (string name in refused)
        {
            rig.Put(name, 1000);
        }

        await rig.StartAsync();
        await rig.UntilAsync(async () => (await rig.Engine.MissingAsync(100, DeliveryRig.Token)).Count(file => file.Missing[0].Kind == FailureKind.DestinationRefused) == refused.Length, "all are refused");
        string good = rig.Put("good", 5000);
        await rig.UntilAsync(() => rig.Shore.Has("processed/good"), "the good file is archived");
        rig.InboxOf("v1").Hash("good").ShouldBe(good);
        (await File.ReadAllTextAsync(target, DeliveryRig.Token)).ShouldBe("precious");
        rig.InboxOf("v1").Look("link")!.Value.Kind.ShouldBe(ShoreEntryKind.SymbolicLink);
        refused.ShouldAllBe(name => rig.Shore.Has(name));
        rig.Log.Lines.ShouldNotContain(line => line.StartsWith("v1 is tried again", StringComparison.Ordinal), "the vessel is not to blame");
    }

    // A rename that still hangs in a server that was given up would publish half of what is being put together anew.
    [Fact]
    public async Task What_was_put_together_whole_by_an_attempt_that_could_not_publish_it_is_not_put_together_again()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        string script = Path.Combine(rig.Scratch, "sftp");
        await File.WriteAllTextAsync(script, "exec /usr/lib/openssh/sftp-server -P posix-rename,rename\n", DeliveryRig.Token);
        await rig.AddVesselAsync("v1", new ThrowawaySshdOptions { SftpProgram = $"/bin/sh {script}" });
        rig.Change("v1", vessel => vessel with { Assembly = AssemblyWay.Cat, TempDir = Path.Combine(rig.HomeOf("v1"), "tmp") });
        string hash = rig.Put("file", 3_500_000);
        await rig.StartAsync();
        await rig.UntilSaidAsync("file steps back on v1");
        Tree inbox = rig.InboxOf("v1");
        string joined = Path.Combine(inbox.Root, inbox.Files.Single(name => name.EndsWith(".part", StringComparison.Ordinal) && new FileInfo(Path.Combine(inbox.Root, name)).Length == 3_500_000));
        string born = (await ProcessText.RunAsync("stat", ["-c", "%i %w", joined])).Output;
        await rig.StopAsync();
        await File.WriteAllTextAsync(script, "exec /usr/lib/openssh/sftp-server\n", DeliveryRig.Token);
        await rig.StartAsync();
        await rig.RetryAsync();
        await rig.UntilArchivedAsync("file");
        inbox.Hash("file").ShouldBe(hash);
        (await ProcessText.RunAsync("stat", ["-c", "%i %w", Path.Combine(inbox.Root, "file")])).Output.ShouldBe(born);
    }

    private static async Task<DeliveryRig> RigAsync(AssemblyWay way)
    {
        DeliveryRig rig = await DeliveryRig.WithAsync(Both);
        foreach (string vessel in Both)
        {
            rig.Change(vessel, one => one with { Assembly = way, TempDir = way == AssemblyWay.Cat ? Path.Combine(rig.HomeOf(vessel), "my tmp") : null });
        }

        return rig;
    }
}
