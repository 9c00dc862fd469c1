using System.Security.Cryptography;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Delivering;

/// <summary>Unfinished files in TempDir on real servers: another file system, and places that others prepared.</summary>
public sealed class TempDirTests
{
    [Theory]
    [InlineData(AssemblyWay.InPlace)]
    [InlineData(AssemblyWay.Cat)]
    public async Task TempDir_on_another_file_system_is_copied_from_and_left_clean(AssemblyWay way)
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        using var other = new OtherFileSystem(Path.Combine(rig.Scratch, "mount"));
        rig.Change("v1", vessel => vessel with { TempDir = other.Path, Assembly = way });
        string big = rig.Put("big", 3_500_000);
        string small = rig.Put("sub/small", 1000);
        rig.Put("empty", 0);
        await rig.StartAsync();
        await rig.UntilArchivedAsync("big", "empty", "sub/small");
        rig.InboxOf("v1").Hash("big").ShouldBe(big);
        rig.InboxOf("v1").Hash("sub/small").ShouldBe(small);
        rig.InboxOf("v1").Files.ShouldBe(["big", "empty", "sub/small"]);
        string folder = Directory.GetDirectories(other.Path).ShouldHaveSingleItem("this shore's own folder");
        new Tree(other.Path).Look(Path.GetFileName(folder))!.Value.Stamp.Mode.ShouldBe(0x1C0);
        new Tree(other.Path).Files.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_that_its_owner_may_not_read_is_copied_all_the_same()
    {
        Assert.SkipUnless(Posix.IsRoot, "Becomes another user on the vessel.");
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        string home = Directory.CreateDirectory(rig.HomeOf("v1")).FullName;
        using var other = new OtherFileSystem(Path.Combine(rig.Scratch, "mount"));
        Posix.Run("chown", "65534:65534", home, other.Path);
        for (string above = Path.GetDirectoryName(home)!; above.Length >= rig.Scratch.Length; above = Path.GetDirectoryName(above)!)
        {
            Posix.Run("chmod", "o+x", above);
        }

        await rig.AddVesselAsync("v1", new ThrowawaySshdOptions
        {
            ConfigLines = [$"ForceCommand cd '{home}' && HOME='{home}' exec setpriv --reuid 65534 --regid 65534 --clear-groups sh -c \"$SSH_ORIGINAL_COMMAND\""],
        });
        rig.Change("v1", vessel => vessel with { TempDir = Path.Combine(other.Path, "temp") });
        string big = rig.Put("big", RandomNumberGenerator.GetBytes(3_500_000), prepare: static file => Posix.Run("chmod", "200", file));
        string small = rig.Put("small", RandomNumberGenerator.GetBytes(1_000), prepare: static file => Posix.Run("chmod", "000", file));
        await rig.StartAsync();
        await rig.UntilArchivedAsync("big", "small");
        rig.InboxOf("v1").Hash("big").ShouldBe(big);
        rig.InboxOf("v1").Hash("small").ShouldBe(small);
        rig.InboxOf("v1").Look("big")!.Value.Stamp.Mode.ShouldBe(0x80);
        rig.InboxOf("v1").Look("small")!.Value.Stamp.Mode.ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_shell_the_server_copies_from_the_other_file_system_itself()
    {
        Assert.SkipUnless(Posix.IsRoot, "chroot takes root.");
        string jail = $"/run/cm-test-{Guid.NewGuid():N}";
        Directory.CreateDirectory(jail);
        try
        {
            using var other = new OtherFileSystem(Path.Combine(jail, "other"));
            await using DeliveryRig rig = await DeliveryRig.WithAsync();
            await rig.AddVesselAsync("jail", new ThrowawaySshdOptions { SftpProgram = "internal-sftp", ConfigLines = ["ForceCommand internal-sftp", $"ChrootDirectory {jail}"] });
            rig.Change("jail", vessel => vessel with { TempDir = "/other", Verify = VerifyPolicy.Readback });
            rig.ChangeDirectory(directory => directory with { RemoteLocation = "/inbox" });
            string hash = rig.Put("big", 3_500_000);
            rig.Put("empty", 0);
            await rig.StartAsync();
            await rig.UntilArchivedAsync("big", "empty");
            var inbox = new Tree(Path.Combine(jail, "inbox"));
            inbox.Hash("big").ShouldBe(hash);
            inbox.Files.ShouldBe(["big", "empty"]);
            new Tree(other.Path).Files.ShouldBeEmpty();
        }
        finally
        {
            Directory.Delete(jail, recursive: true);
        }
    }

    [Theory]
    [InlineData("ln -s elsewhere tmp")]
    [InlineData("mkdir tmp && chmod 777 tmp")]
    [InlineData("mkdir tmp && chown 65534 tmp", true)]
    [InlineData("touch tmp")]
    public async Task A_TempDir_that_others_may_have_prepared_is_refused_and_the_other_vessel_unhurt(string prepare, bool root = false)
    {
        Assert.SkipWhen(root && !Posix.IsRoot, "Giving files away takes root.");
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1", "v2");
        Posix.Run("sh", "-c", $"cd '{rig.HomeOf("v1")}' && mkdir elsewhere && {prepare}");
        rig.Change("v1", vessel => vessel with { TempDir = Path.Combine(rig.HomeOf("v1"), "tmp") });
        await RefusedAsync(rig, before: new Tree(rig.HomeOf("v1")).Files);
    }

    [Fact]
    public async Task Our_own_folder_in_TempDir_swapped_for_a_link_is_refused()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1", "v2");
        string temp = Path.Combine(rig.HomeOf("v1"), "tmp");
        rig.Change("v1", vessel => vessel with { TempDir = temp });
        rig.Put("before", 1000);
        await rig.StartAsync();
        await rig.UntilArchivedAsync("before");
        await rig.StopAsync();
        string folder = Directory.GetDirectories(temp).ShouldHaveSingleItem();
        Posix.Run("sh", "-c", $"cd '{rig.HomeOf("v1")}' && mkdir elsewhere && rm -r '{folder}' && ln -s ../elsewhere '{folder}'");
        await RefusedAsync(rig, before: new Tree(rig.HomeOf("v1")).Files);
    }

    private static async Task RefusedAsync(DeliveryRig rig, IReadOnlyList<string> before)
    {
        string hash = rig.Put("file", 100_000);
        await rig.StartAsync();
        await rig.UntilAsync(() => rig.Shown("v1").ErrorKind == FailureKind.TempDirUnsafe, "v1 is refused");
        await rig.UntilAsync(() => rig.InboxOf("v2").Has("file"), "v2 has it");
        rig.InboxOf("v2").Hash("file").ShouldBe(hash);
        rig.Shown("v1").Advice.ShouldNotBeNullOrEmpty();
        rig.Shown("v1").LastError!.ShouldContain(Path.Combine(rig.HomeOf("v1"), "tmp"));
        rig.Shore.Has("file").ShouldBeTrue();
        await rig.StopAsync();
        new Tree(rig.HomeOf("v1")).Files.ShouldBe(before);
    }

    /// <summary>A tmpfs of our own, or the machine's.</summary>
    private sealed class OtherFileSystem : IDisposable
    {
        private readonly bool _mounted;

        public OtherFileSystem(string mount)
        {
            Directory.CreateDirectory(mount);
            Path = mount;
            if (Posix.IsRoot)
            {
                Posix.Run("mount", "-t", "tmpfs", "-o", "mode=0700", "tmpfs", mount);
                _mounted = true;
                return;
            }

            Assert.SkipUnless(Directory.Exists("/dev/shm"), "There is no other file system to be had.");
            Path = Directory.CreateDirectory($"/dev/shm/cm-test-{Guid.NewGuid():N}").FullName;
        }

        public string Path { get; }

        public void Dispose()
        {
            if (_mounted)
            {
                Posix.Run("umount", Path);
            }
            else
            {
                Directory.Delete(Path, recursive: true);
            }
        }
    }
}
