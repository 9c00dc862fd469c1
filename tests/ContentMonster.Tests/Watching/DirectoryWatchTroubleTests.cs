using System.Net.Sockets;
using System.Text;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Tests.Support;
using ContentMonster.Watching;

namespace ContentMonster.Tests.Watching;

/// <summary>The directory goes away, events are lost, the ledger fails.</summary>
public sealed class DirectoryWatchTroubleTests
{
    [Fact]
    public async Task An_unmounted_directory_loses_nothing_and_goes_on_when_it_is_back()
    {
        Assert.SkipUnless(Posix.IsRoot, "Only root mounts.");
        await using var rig = new WatchRig();
        string disk = rig.Outside + "/disk";
        Directory.CreateDirectory(disk);
        Posix.Run("mount", "--bind", disk, rig.Here);
        try
        {
            File.WriteAllText(rig["file"], "x");
            await rig.StartAsync();
            await rig.UntilLiveAsync("file");
        }
        finally
        {
            Posix.Run("umount", "-l", rig.Here);
        }

        // The empty mount point is a directory too, and it is watched.
        await rig.UntilProblemAsync();
        rig.Watch.Snapshot().Problem!.ShouldContain("is it mounted?");
        rig.Ledger.Live.ShouldBe(["file"]);
        Posix.Run("mount", "--bind", disk, rig.Here);
        try
        {
            File.WriteAllText(disk + "/second", "x");
            await rig.UntilLiveAsync("file", "second");
            rig.Ledger.VersionsOf("file").ShouldBe(1);
        }
        finally
        {
            Posix.Run("umount", "-l", rig.Here);
        }
    }

    [Fact]
    public async Task What_is_left_out_is_never_waited_for()
    {
        await using WatchRig rig = await new WatchRig { SettleTime = TimeSpan.FromMinutes(1), Takes = static path => path != BytePath.FromText("own") }.StartAsync();
        File.WriteAllText(rig["own"], "x");
        File.WriteAllText(rig["file"], "x");
        await WatchRig.UntilAsync(() => rig.Watch.Snapshot().SettlingFiles > 0);
        File.WriteAllText(rig["second"], "x");
        await WatchRig.UntilAsync(() => rig.Watch.Snapshot().SettlingFiles > 1);
        File.WriteAllText(rig["own"], "y");
        File.SetLastWriteTimeUtc(rig["own"], DateTime.UnixEpoch);
        File.WriteAllText(rig["third"], "x");
        await WatchRig.UntilAsync(() => rig.Watch.Snapshot().SettlingFiles > 2);
        rig.Watch.Snapshot().SettlingFiles.ShouldBe(3);
    }

    [Fact]
    public async Task A_disk_that_does_not_answer_is_told_and_so_is_that_it_does_again()
    {
        using var hung = new SemaphoreSlim(0);
        await using var rig = new WatchRig
        {
            Limits = new() { RootPatience = TimeSpan.FromMilliseconds(50), HangPatience = TimeSpan.FromSeconds(1) },
            Hints = (_, _) => new HungHints(hung),
        };
        rig.Begin();
        await rig.UntilProblemAsync();
        rig.Watch.Snapshot().Problem!.ShouldContain($"{rig.Here} has not answered for ");
        await WatchRig.UntilAsync(() => rig.Log.Lines.Any(static line => line.Contains("has not answered", StringComparison.Ordinal)));
        rig.Log.Lines.Single(static line => line.Contains("has not answered", StringComparison.Ordinal)).ShouldContain($"{rig.Here} has not answered for 1 s");
        rig.Ledger.WritesFor = TimeSpan.FromSeconds(40);
        await WatchRig.UntilAsync(() => rig.Watch.Snapshot().Problem is { } problem && problem.Contains($"{rig.Here} waits for the ledger, whose disk has not answered for 40 s", StringComparison.Ordinal));
        hung.Release();
        await WatchRig.UntilAsync(() => rig.Watch.Snapshot().Problem is null);
        rig.Log.Lines.ShouldContain(line => line.Contains($"{rig.Here} answers again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_directory_that_is_moved_away_and_comes_back_keeps_what_was_recorded()
    {
        await using WatchRig rig = await new WatchRig().StartAsync();
        File.WriteAllText(rig["file"], "x");
        await rig.UntilLiveAsync("file");
        Directory.Move(rig.Here, rig.Outside + "/away");
        (await rig.QuietAsync()).ShouldBeEmpty();
        rig.Ledger.Live.ShouldBe(["file"]);
        Directory.Move(rig.Outside + "/away", rig.Here);
        File.WriteAllText(rig["second"], "x");
        await rig.UntilLiveAsync("file", "second");
        rig.Ledger.VersionsOf("file").ShouldBe(1);
    }

    [Theory]
    [InlineData("processed", true)]
    [InlineData("processed", false)]
    [InlineData("completed", true)]
    public async Task An_archive_alone_is_no_proof_that_the_disk_of_the_files_is_there(string archive, bool otherDisk)
    {
        await using var rig = new WatchRig();
        Directory.CreateDirectory(rig[archive]);
        using (ShoreRoot root = ShoreRoot.Open(rig.Here))
        {
            long here = root.Look(default)!.Value.Stamp.Device;
            await rig.Ledger.RecordAsync("d", [new SeenFile(BytePath.FromText("film"), new FileStamp(otherDisk ? here + 1 : here, 1, 10, 1, 1, 420))], 1 << 20, TestContext.Current.CancellationToken);
        }

        await rig.StartAsync();
        if (otherDisk)
        {
            rig.Watch.Snapshot().Problem!.ShouldContain("is it mounted?");
            rig.Ledger.StampOf("film").ShouldNotBeNull();
            File.WriteAllText(rig["other"], "x");
            await rig.UntilLiveAsync("other");
        }
        else
        {
            rig.Watch.Snapshot().Problem.ShouldBeNull();
            rig.Ledger.StampOf("film").ShouldBeNull();
        }
    }

    [Fact]
    public async Task What_the_disk_says_at_a_bad_moment_ends_no_watch()
    {
        int sources = 0;
        await using var rig = new WatchRig { Hints = (_, _) => sources++ == 0 ? new BadDisk() : new NoHints(shortfall: null) };
        File.WriteAllText(rig["file"], "x");
        rig.Begin();
        await rig.UntilLiveAsync("file");
        rig.Log.Lines.ShouldContain(line => line.Contains("input/output error", StringComparison.Ordinal));
        sources.ShouldBe(2);
    }

    [Fact]
    public async Task Lost_events_are_met_by_a_scan_and_all_files_are_found()
    {
        await using WatchRig rig = await new WatchRig { Limits = new() { BufferedEvents = 16, ScanPause = TimeSpan.FromMilliseconds(20) } }.StartAsync();
        await PutAtOnceAsync(rig, 12_000);
        await rig.Ledger.UntilAsync(() => rig.Ledger.Count == 12_001);
        rig.Log.Lines.ShouldContain(line => line.StartsWith("Events of d were lost"));
    }

    [Fact]
    public async Task Files_that_find_no_place_to_settle_are_found_by_a_later_scan()
    {
        await using WatchRig rig = await new WatchRig { Limits = new() { SettlingFiles = 10, ScanPause = TimeSpan.FromMilliseconds(20) } }.StartAsync();
        await PutAtOnceAsync(rig, 500);
        await rig.Ledger.UntilAsync(() => rig.Ledger.Count == 501);
        await WatchRig.UntilAsync(() => rig.Log.Lines.Count(line => line.StartsWith("Scanned", StringComparison.Ordinal)) > 1);
    }

    [Fact]
    public async Task FileSystemWatcher_serves_where_there_is_nothing_better()
    {
        await using WatchRig rig = await new WatchRig { Hints = (root, bell) => new FileSystemHints(root, recursive: true, bell, 1000) }.StartAsync();
        Directory.CreateDirectory(rig["a/b"]);
        File.WriteAllText(rig["a/b/file"], "x");
        File.WriteAllText(rig["file"], "x");
        await rig.UntilLiveAsync("a/b/file", "file");
        File.Delete(rig["file"]);
        Directory.Move(rig["a"], rig["c"]);
        await rig.UntilLiveAsync("c/b/file");
    }

    [Fact]
    public async Task Without_hints_scans_find_everything()
    {
        await using WatchRig rig = await new WatchRig { Hints = (_, _) => new NoHints("Could not watch."), Limits = new() { ShortfallScanInterval = TimeSpan.FromMilliseconds(100), LongestShortfallScanInterval = TimeSpan.FromMilliseconds(100) } }.StartAsync();
        rig.Watch.Snapshot().Problem.ShouldBe("Could not watch.");
        Directory.CreateDirectory(rig["a"]);
        File.WriteAllText(rig["a/file"], "x");
        await rig.UntilLiveAsync("a/file");
        Directory.Delete(rig["a"], recursive: true);
        await rig.UntilLiveAsync();
    }

    [Fact]
    public async Task A_ledger_that_fails_ends_the_watch_with_its_error()
    {
        await using var rig = new WatchRig();
        rig.Ledger.RecordGate.Dispose();
        File.WriteAllText(rig["file"], "x");
        var watch = new DirectoryWatch(
            new() { Name = "d", Location = rig.Here, RemoteLocation = "/r" }, 1, recursive: true, rig.Ledger, _ => true, _ => true, TimeProvider.System, rig.Log, () => { });
        await Should.ThrowAsync<ObjectDisposedException>(() => watch.RunAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System));
        watch.Snapshot().State.ShouldBe("stopped");
    }

    // While the first one is being recorded the events of all others pile up, however slow the machine is.
    private static async Task PutAtOnceAsync(WatchRig rig, int files)
    {
        await rig.Ledger.RecordGate.WaitAsync(TestContext.Current.CancellationToken);
        File.WriteAllText(rig["first"], "x");
        await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, TestContext.Current.CancellationToken);
        for (int i = 0; i < files; i++)
        {
            File.WriteAllText(rig[$"file-{i}"], "");
        }

        rig.Ledger.RecordGate.Release();
    }

    private sealed class BadDisk : IHintSource
    {
        public string? Shortfall => null;

        public void Take(List<Hint> into, int most) => throw new ShoreException(ShoreFailure.ReadFailed, "Could not look, because of an input/output error.");

        public void Cover(BytePath directory)
        {
        }

        public void Uncover(BytePath directory)
        {
        }

        public void BeginRound()
        {
        }

        public void EndRound()
        {
        }

        public void Dispose()
        {
        }
    }
}
