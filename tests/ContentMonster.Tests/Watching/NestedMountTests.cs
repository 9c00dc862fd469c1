using ContentMonster.Tests.Faults;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Watching;

/// <summary>A disk mounted somewhere below Location goes away: the empty directory it leaves is no deletion.</summary>
public sealed class NestedMountTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Files_of_a_disk_below_that_is_unmounted_are_not_taken_as_deleted(bool restarted)
    {
        Assert.SkipUnless(Posix.IsRoot, "Only root mounts.");
        await using var rig = new WatchRig { Limits = Quick, ScanInterval = TimeSpan.FromMilliseconds(300) };
        string disk = Directory.CreateDirectory(rig.Outside + "/disk").FullName;
        Posix.Run("mount", "-t", "tmpfs", "none", disk);
        try
        {
            Directory.CreateDirectory(rig["below/disk"]);
            Posix.Run("mount", "--bind", disk, rig["below/disk"]);
            Directory.CreateDirectory(rig["below/disk/sub"]);
            File.WriteAllText(rig["below/disk/sub/file"], "x");
            File.WriteAllText(rig["own"], "x");
            await rig.StartAsync();
            await rig.UntilLiveAsync("below/disk/sub/file", "own");
            if (restarted)
            {
                await rig.PauseAsync();
            }

            Posix.Run("umount", "-l", rig["below/disk"]);
            if (restarted)
            {
                await rig.StartAsync();
            }

            await rig.UntilProblemAsync();
            rig.Watch.Snapshot().Problem!.ShouldContain("below/disk");
            rig.Watch.Snapshot().Problem!.ShouldContain("is it mounted?");
            File.Delete(rig["own"]);
            await rig.UntilLiveAsync("below/disk/sub/file");
            Posix.Run("mount", "--bind", disk, rig["below/disk"]);
            File.WriteAllText(rig["below/disk/second"], "x");
            await rig.UntilLiveAsync("below/disk/second", "below/disk/sub/file");
            rig.Ledger.VersionsOf("below/disk/sub/file").ShouldBe(1);
            Posix.Run("umount", "-l", rig["below/disk"]);
        }
        finally
        {
            Posix.Run("umount", "-l", disk);
        }
    }

    [Fact]
    public async Task It_is_a_deletion_when_the_directory_is_removed_too_or_something_is_in_it()
    {
        Assert.SkipUnless(Posix.IsRoot, "Only root mounts.");
        await using var rig = new WatchRig { Limits = Quick };
        using (var one = new SmallDisk(rig["one"], "1m"))
        using (var two = new SmallDisk(rig["two"], "1m"))
        {
            File.WriteAllText(rig["one/file"], "x");
            File.WriteAllText(rig["two/file"], "x");
            await rig.StartAsync();
            await rig.UntilLiveAsync("one/file", "two/file");
        }

        await rig.UntilProblemAsync();
        rig.Ledger.Live.ShouldBe(["one/file", "two/file"]);
        Directory.Delete(rig["one"]);
        File.WriteAllText(rig["two/note"], "emptied");
        await rig.UntilLiveAsync("two/note");
    }

    [Fact]
    public async Task A_directory_that_is_emptied_on_the_same_disk_is_a_deletion()
    {
        await using WatchRig rig = new() { Limits = Quick };
        Directory.CreateDirectory(rig["sub"]);
        File.WriteAllText(rig["sub/file"], "x");
        File.WriteAllText(rig["own"], "x");
        await rig.StartAsync();
        await rig.UntilLiveAsync("own", "sub/file");
        File.Delete(rig["sub/file"]);
        await rig.UntilLiveAsync("own");
        rig.Watch.Snapshot().Problem.ShouldBeNull();
    }

    private static ContentMonster.Watching.WatchLimits Quick => new()
    {
        RootPatience = TimeSpan.FromMilliseconds(100), ScanPause = TimeSpan.FromMilliseconds(50), ShortfallScanInterval = TimeSpan.FromMilliseconds(200),
    };
}
