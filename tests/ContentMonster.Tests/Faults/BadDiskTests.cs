using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>The vessel's disk fails to take a write (EIO).</summary>
public sealed class BadDiskTests
{
    private const int Size = 5 << 20;

    [Fact]
    public async Task A_write_that_fails_on_the_vessel_is_told_and_the_file_arrives_whole_once_the_disk_works()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "strace is not installed.");
        using var scratch = new ScratchDirectory();

        // sftp-server seeks before each write, and answers alike whichever of the two fails; its replies are writes as well. The first look at the vessel and
        // a first file come through: what fails is the file that is sent then, on a connection that is known to work.
        string program = scratch["sftp-server"];
        string server = new[] { "/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/lib/ssh/sftp-server" }.First(File.Exists);
        await File.WriteAllTextAsync(
            program, $"#!/bin/sh\n[ -e '{scratch["well"]}' ] || exec strace -f -qq -o '{scratch["calls"]}'$$ -e trace=lseek -e inject=lseek:error=EIO:when=12+ {server}\nexec {server}\n", FaultBench.Token);
        Posix.Run("chmod", "755", program);
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        await rig.AddVesselAsync("v1", new ThrowawaySshdOptions { SftpProgram = program });
        rig.Put("first", 1);
        await rig.StartAsync();
        await rig.UntilArchivedAsync("first");
        string hash = rig.Put("file", Size);
        await rig.UntilSaidAsync("file steps back on v1");
        rig.Said("file steps back on v1", "the server answered Failure", "a disk that fails").ShouldBeTrue(string.Join('\n', rig.Log.Lines));

        // And again, on the same connection: the link works.
        int lines = rig.Log.Lines.Count;
        await rig.UntilAsync(() => rig.Log.Lines.Skip(lines).Any(static line => line.Contains("file steps back on v1", StringComparison.Ordinal)), "it is refused a second time");
        rig.Log.Lines.Skip(lines).ShouldNotContain(static line => line.Contains("v1 is tried again", StringComparison.Ordinal), string.Join('\n', rig.Log.Lines));
        rig.InboxOf("v1").Has("file").ShouldBeFalse();
        rig.Shore.Has("file").ShouldBeTrue();

        // The log is told before the ledger.
        await rig.UntilAsync(async () => (await rig.Engine.MissingAsync(1, DeliveryRig.Token))[0].Missing[0].Kind == FailureKind.Refused, "the ledger has why");

        await File.WriteAllTextAsync(scratch["well"], "", FaultBench.Token);
        rig.Server("v1").KillSessions();
        await rig.RetryAsync();
        await rig.UntilArchivedAsync("file", "first");
        rig.InboxOf("v1").Hash("file").ShouldBe(hash);
        rig.InboxOf("v1").Files.ShouldBe(["file", "first"]);
    }
}
