namespace ContentMonster.Tests.Faults;

/// <summary>A bit changes on the way, below SSH and unseen by TCP.</summary>
public sealed class FlippedWireTests
{
    private const int Big = 30 << 20;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_bit_flipped_on_the_way_costs_a_connection_and_never_the_file(bool upwards)
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync("BandwidthLimit = 10M");
        FaultVessel ship = bench.Vessel();
        byte[] hash = bench.Put("big.bin", Big);
        RunningDaemon daemon = bench.Start();
        const int flips = 3;
        for (int flip = 1; flip <= flips; flip++)
        {
            await bench.UntilSentAsync((long)Big * flip / 5);
            ship.Proxy.FlipAfter(upwards ? 100_000 : 100, upwards);
            await bench.UntilAsync(() => ship.Proxy.Flips == flip, "a bit is flipped");
        }

        await bench.ShouldArriveAsync("big.bin", hash);
        Directory.GetFiles(ship.Inbox).Length.ShouldBe(1, "nothing unfinished is left");
        ship.Proxy.Sent.ShouldBeLessThan((long)((Big + (flips * FaultBench.Lanes * FaultBench.Window)) * 1.03) + (ship.Proxy.Accepted * (64L << 10)), bench.Story());
        daemon.Count(" ERROR ").ShouldBe(0, bench.Story());
        daemon.Count(" warn ", "because ").ShouldBeGreaterThan(0, bench.Story());

        // Of a bit that changed on its way there only the server can tell, and it just ends. One that changed a packet's length, of the few, is told otherwise.
        (daemon.Count("incorrect. What came is not what the server sent: something on the way changes bytes.") > 0).ShouldBe(!upwards, bench.Story());
    }
}
