using ContentMonster.Tests.Faults;

namespace ContentMonster.Tests.Kills;

/// <summary>The small file through which a daemon looks at a vessel stays nowhere.</summary>
public sealed class ProbeFileTests
{
    private const string Probe = ".contentmonster-probe.*";

    [Theory]
    [InlineData("Open", nameof(Moment.Done))]
    [InlineData("Open", nameof(Moment.Half))]
    [InlineData("script", nameof(Moment.Before))]
    public async Task What_a_killed_daemon_leaves_of_it_is_removed_by_the_next_one(string asked, string moment)
    {
        await using var bench = new FaultBench();
        FaultVessel ship = await bench.AddVesselAsync("ship", relayed: true, lanes: 1);
        Directory.CreateDirectory(ship.Inbox);
        RunningDaemon daemon = null!;
        bool tripped = false;
        ship.Relay!.Arm(new Trip(asked, Enum.Parse<Moment>(moment), 1, () =>
        {
            tripped = true;
            return daemon.KillAsync();
        }));
        byte[] hash = bench.Put("file.bin", 100_000);
        daemon = bench.Start();
        await bench.UntilAsync(() => tripped && !daemon.Runs, "the daemon is dead");
        await bench.UntilAsync(() => Directory.EnumerateFiles(ship.Inbox, Probe).Count() == 1, "its file is there");
        ship.Relay.Arm(null);
        bench.Start();
        await bench.ShouldArriveAsync("file.bin", hash);
        await bench.UntilAsync(() => Directory.EnumerateFileSystemEntries(ship.Inbox).Count() == 1, "only the file is there");
    }

    [Fact]
    public async Task What_a_broken_connection_leaves_of_it_is_removed_by_the_next_visit()
    {
        await using var bench = new FaultBench();
        FaultVessel ship = await bench.AddVesselAsync("ship", relayed: true, lanes: 1);
        Directory.CreateDirectory(ship.Inbox);
        bool cut = false;
        ship.Relay!.Arm(new Trip("Open", Moment.Done, 1, () =>
        {
            ship.Proxy.Cut();
            cut = true;
            return Task.CompletedTask;
        }));
        byte[] hash = bench.Put("file.bin", 100_000);
        bench.Start();
        await bench.UntilAsync(() => cut, "the connection was cut");
        await bench.ShouldArriveAsync("file.bin", hash);
        await bench.UntilAsync(() => Directory.EnumerateFileSystemEntries(ship.Inbox).Count() == 1, "only the file is there");
    }
}
