using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Delivering;

public sealed class ReadOnlyVesselTests
{
    [Fact]
    public async Task A_server_that_only_reads_is_told_as_that_and_not_stormed()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("well");
        await rig.AddVesselAsync("reader", new ThrowawaySshdOptions { SftpProgram = "/usr/lib/openssh/sftp-server -R" });
        for (int file = 0; file < 20; file++)
        {
            rig.Put($"f{file}", 1_000);
        }

        await rig.StartAsync();
        await rig.UntilPublishedAsync("well", 20);
        await rig.UntilAsync(() => rig.Shown("reader").ErrorKind is FailureKind.PermissionDenied, "the verdict is clear");
        rig.Shown("reader").LastError.ShouldNotBeNull();
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, DeliveryRig.Token);

        // Each file at most twice, with what was under way when the place was found out; connected at most now and then.
        rig.Log.Lines.Count(line => line.Contains("steps back on reader", StringComparison.Ordinal)).ShouldBeLessThanOrEqualTo(40);
        rig.Server("reader").ReadLog().Split("Accepted publickey").Length.ShouldBeLessThanOrEqualTo(12);
        rig.Shore.Files.ShouldAllBe(file => !file.StartsWith("processed/", StringComparison.Ordinal));
        rig.InboxOf("reader").Files.ShouldBeEmpty();
    }
}
