using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>Somebody on the vessel removes a file that is still being sent.</summary>
public sealed class RemovedPartTests
{
    private const int Length = 6 << 20;
    private const int Kill = 9;

    [Fact]
    public async Task A_lane_that_comes_later_never_makes_it_anew_with_a_hole_where_chunks_were_proved()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync("BandwidthLimit = 1M");
        FaultVessel ship = bench.Vessel();
        byte[] hash = bench.Put("file", Length);
        bench.Start("256K");

        // Chunks are proved about as fast as they come, and there is time to send all the others.
        await bench.UntilAsync(() => Part(ship) is { Length: > 1 << 20 }, "some chunks are there");
        await bench.UntilAsync(() => ship.Programs("sftp-server").Count == FaultBench.Lanes, "both lanes are there");
        Part(ship)!.Delete();
        RunningDaemon.Send(ship.Programs("sftp-server")[0].ProcessId, Kill).ShouldBe(0, "its lane is opened again");
        await bench.UntilArchivedAsync("file");
        FaultBench.HashOf(Path.Combine(ship.Inbox, "file")).ShouldBe(hash, bench.Story());
        await bench.UntilAsync(() => new Tree(ship.Inbox).Files is ["file"], "nothing else is there");
    }

    private static FileInfo? Part(FaultVessel ship) =>
        new DirectoryInfo(ship.Inbox) is { Exists: true } inbox ? inbox.EnumerateFiles(".file.*.part").FirstOrDefault() : null;
}
