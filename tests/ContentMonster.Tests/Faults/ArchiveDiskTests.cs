using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>processed/ cannot take what all vessels have: the source stays, what is delivered stays delivered, it is told, and goes on when mended.</summary>
public sealed class ArchiveDiskTests
{
    [Theory]
    [InlineData("a file", "not a directory")]
    [InlineData("a link", "links are never followed")]
    [InlineData("a dangling link", "links are never followed")]
    [InlineData("another file system", "on different file systems")]
    [InlineData("Location is read-only", "ReadWritePaths")]
    [InlineData("the disk has no inodes", "is full")]
    public async Task What_cannot_be_archived_stays_in_place_and_is_told(string trouble, string words)
    {
        Assert.SkipUnless(Posix.IsRoot, "Mounting takes root.");
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        string location = rig.LocationOf(DeliveryRig.In);
        string processed = Path.Combine(location, "processed");
        string outside = Directory.CreateDirectory(Path.Combine(rig.Scratch, "outside")).FullName;
        using SmallDisk? disk = trouble switch
        {
            "another file system" => new SmallDisk(processed, "4m"),
            "the disk has no inodes" => new SmallDisk(location, "4m,nr_inodes=2"),
            "Location is read-only" => new SmallDisk(location, "4m"),
            _ => null,
        };
        await File.WriteAllBytesAsync(Path.Combine(location, "file"), new byte[1000], DeliveryRig.Token);
        string hash = rig.Shore.Hash("file");
        Posix.Run("sh", "-c", trouble switch
        {
            "a file" => $"echo precious > '{processed}'",
            "a link" => $"ln -s '{outside}' '{processed}'",
            "a dangling link" => $"ln -s '{outside}/nowhere' '{processed}'",
            "Location is read-only" => $"mount -o remount,ro '{location}'",
            _ => ":",
        });
        await rig.StartAsync();
        await rig.UntilSaidAsync("in/file", words);
        rig.Shore.Hash("file").ShouldBe(hash);
        rig.InboxOf("v1").Hash("file").ShouldBe(hash);
        Directory.GetFileSystemEntries(outside).ShouldBeEmpty();
        await rig.UntilAsync(async () => (await rig.HistoryAsync()).Any(entry => entry.Event == "archive failed"), "it is in the history");

        if (trouble == "another file system")
        {
            disk!.Unmount();
        }

        Posix.Run("sh", "-c", trouble switch
        {
            "another file system" => ":",
            "Location is read-only" => $"mount -o remount,rw '{location}'",
            "the disk has no inodes" => $"mount -o remount,nr_inodes=100 '{location}'",
            _ => $"rm -f '{processed}'",
        });
        // A further delivery wakes the archiver; else it looks again each minute.
        await File.WriteAllBytesAsync(Path.Combine(location, "second"), new byte[500], DeliveryRig.Token);
        await rig.UntilAsync(() => rig.Shore.Has("processed/file") && rig.Shore.Has("processed/second"), "both are archived");
        rig.Shore.Hash("processed/file").ShouldBe(hash);
        rig.SentFor("file", "v1").Count.ShouldBe(1, "delivered once");
    }
}
