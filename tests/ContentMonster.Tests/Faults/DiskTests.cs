using ContentMonster.Daemon.Demo;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>Disks that are full, read-only or gone, on either side.</summary>
public sealed class DiskTests
{
    [Fact]
    public async Task A_full_vessel_is_named_lets_what_fits_go_on_and_gets_the_rest_when_there_is_space()
    {
        Assert.SkipUnless(Posix.IsRoot, "Mounting takes root.");
        await using FaultBench bench = await FaultBench.WithVesselAsync();
        FaultVessel ship = bench.Vessel();
        using var disk = new SmallDisk(ship.Inbox, "16m");
        File.WriteAllBytes(Path.Combine(ship.Inbox, "ballast"), new byte[6 << 20]);
        byte[] big = bench.Put("big.bin", 12 << 20);
        RunningDaemon daemon = bench.Start(environment: RunningDaemon.AsUsual);
        await bench.UntilAsync(() => daemon.Said("big.bin", "steps back", "is full", "free"), "the full disk is named, with the free space");
        byte[] small = bench.Put("small.bin", 300_000);
        await bench.ShouldArriveAsync("small.bin", small);
        File.Delete(Path.Combine(ship.Inbox, "ballast"));
        await bench.ShouldArriveAsync("big.bin", big);
    }

    [Fact]
    public async Task A_destination_that_may_not_be_written_is_named_retried_slowly_and_served_when_it_may()
    {
        await using ThrowawayUser user = await ThrowawayUser.MakeAsync();
        await using var bench = new FaultBench();
        await using ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions(), FaultBench.Token);
        string inbox = Directory.CreateDirectory(Path.Combine(user.Home, "inbox")).FullName;
        Posix.Run("chown", user.Name, inbox);
        Posix.Run("chmod", "0555", inbox);
        bench.Section("Vessel ship", $"Address = 127.0.0.1\nPort = {sshd.Port}\nUsername = {user.Name}\nIdentityFile = {sshd.ClientKeyFile}\nTimeout = 2s");
        byte[] hash = bench.Put("file.bin", 6 << 20);
        RunningDaemon daemon = bench.Start(environment: RunningDaemon.AsUsual);
        await bench.UntilAsync(() => daemon.Said("file.bin", "steps back", "Permission denied"), "the refusal is named");
        daemon.Count("steps back").ShouldBeLessThan(4, bench.Story());
        Posix.Run("chmod", "0755", inbox);
        await bench.UntilArchivedAsync("file.bin");
        FaultBench.HashOf(Path.Combine(inbox, "file.bin")).ShouldBe(hash);
    }

    [Fact]
    public async Task A_shore_directory_that_vanishes_withdraws_nothing_and_goes_on_when_it_is_back()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync("BandwidthLimit = 5M");
        byte[] hash = bench.Put("big.bin", 40 << 20);
        RunningDaemon daemon = bench.Start(environment: RunningDaemon.AsUsual);
        await bench.UntilSentAsync(10 << 20);
        string aside = Path.Combine(bench.Scratch, "aside");
        Directory.Move(bench.Shore, aside);
        await bench.UntilAsync(() => daemon.Said("nothing is taken as deleted"), "the missing directory is named");
        VesselStatus? status = await daemon.StatusAsync("ship");
        status.ShouldNotBeNull();
        (status.WaitingFiles + status.PublishedFiles).ShouldBe(1, bench.Story());
        Directory.Move(aside, bench.Shore);
        await bench.ShouldArriveAsync("big.bin", hash);
        bench.Vessel().Proxy.Sent.ShouldBeLessThan(50L << 20, bench.Story());
    }

    [Fact]
    public async Task A_ledger_whose_disk_is_full_is_waited_for()
    {
        Assert.SkipUnless(Posix.IsRoot, "Mounting takes root.");
        await using FaultBench bench = await FaultBench.WithVesselAsync();
        string state = Path.Combine(bench.Scratch, "ledger");
        using var disk = new SmallDisk(state, "4m");
        bench.KeepStateIn(state);
        RunningDaemon daemon = bench.Start(environment: RunningDaemon.AsUsual);
        byte[] first = bench.Put("first.bin", 1 << 20);
        string ballast = Path.Combine(state, "ballast");

        // At once, so that the archiving itself cannot be booked.
        await bench.UntilArchivedAsync("first.bin");
        disk.Fill(ballast);
        byte[] second = bench.Put("second.bin", 1 << 20);
        await bench.UntilAsync(() => daemon.Said("ledger", "full"), "the full disk is named");
        await bench.UntilAsync(async () => (await daemon.StatusAsync())?.Directories.Single().Problem?.Contains("full", StringComparison.Ordinal) == true, "also by status");
        TimeSpan used = daemon.UsedTime;
        long start = TimeProvider.System.GetTimestamp();
        await bench.UntilAsync(() => TimeProvider.System.GetElapsedTime(start) > TimeSpan.FromSeconds(6), "time passes");
        daemon.Runs.ShouldBeTrue(bench.Story());
        (daemon.UsedTime - used).ShouldBeLessThan(TimeSpan.FromSeconds(4), "it waits, it does not spin");
        File.Delete(ballast);
        await bench.ShouldArriveAsync("second.bin", second);
        await bench.ShouldArriveAsync("first.bin", first);
        daemon.Said("Bad file descriptor").ShouldBeFalse(bench.Story());
    }
}
