using System.Globalization;
using ContentMonster.Daemon.Demo;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>One vessel in trouble beside three good ones: theirs is the same work in the same time.</summary>
public sealed class NeighbourTests
{
    private static readonly string[] Good = ["good1", "good2", "good3"];

    [Theory]
    [InlineData("dead")]
    [InlineData("silent")]
    [InlineData("slow")]
    [InlineData("full")]
    [InlineData("hostile")]
    public async Task A_vessel_in_trouble_holds_up_no_other(string trouble)
    {
        Assert.SkipUnless(Posix.IsRoot || trouble != "full", "Mounting takes root.");
        await using var bench = new FaultBench();
        foreach (string name in Good)
        {
            await bench.AddVesselAsync(name);
        }

        // The same work in the same order, without the bad one and beside it.
        RunningDaemon alone = bench.Start(environment: RunningDaemon.AsUsual);
        await RoundAsync(bench, "warm");
        TimeSpan before = await RoundAsync(bench, "alone");
        await bench.UntilAsync(() => Directory.GetFiles(bench.Shore).Length == 0, "all is archived");
        alone.Signal(System.Runtime.InteropServices.PosixSignal.SIGTERM);
        await alone.EndedAsync();

        await bench.AddVesselAsync("bad", trouble == "slow" ? "BandwidthLimit = 1K" : "", trouble == "hostile" ? new ThrowawaySshdOptions { SftpProgram = "/bin/sh -c \"cat /dev/urandom\"" } : null);
        FaultVessel bad = bench.Vessel("bad");
        using SmallDisk? disk = trouble == "full" ? new SmallDisk(bad.Inbox, "64k") : null;
        await (trouble == "dead" ? bad.Sshd.StopAsync() : Task.CompletedTask);
        if (trouble == "silent")
        {
            bad.Proxy.FallSilent();
        }

        RunningDaemon daemon = bench.Start(environment: RunningDaemon.AsUsual);
        await RoundAsync(bench, "warmed");
        TimeSpan beside = await RoundAsync(bench, "beside");
        double rate = before / beside;
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"beside one that is {trouble}: {rate:P0} of the rate ({before.TotalSeconds:0.00} s alone, {beside.TotalSeconds:0.00} s)"));
        if (Patient.NeighbourFiles > 100)
        {
            rate.ShouldBeGreaterThan(0.95, "on a quiet machine");
        }

        Directory.GetFiles(bench.Shore).Length.ShouldBe(2 * Patient.NeighbourFiles, "without the bad one nothing is archived");
        await bench.UntilAsync(async () => await daemon.StatusAsync("bad") is { WaitingFiles: > 0 }, "the bad one's files wait");
        daemon.UsedTime.ShouldBeLessThan(TimeSpan.FromSeconds(60));
    }

    private static async Task<TimeSpan> RoundAsync(FaultBench bench, string name)
    {
        long start = TimeProvider.System.GetTimestamp();
        string[] names = [.. Enumerable.Range(0, Patient.NeighbourFiles).Select(number => $"{name}{number:000}")];
        Dictionary<string, byte[]> hashes = names.ToDictionary(file => file, file => bench.Put(file, 100_000), StringComparer.Ordinal);
        await bench.UntilAsync(() => Good.All(vessel => names.All(file => File.Exists(Path.Combine(bench.Vessel(vessel).Inbox, file)))), "the good ones have all");
        TimeSpan took = TimeProvider.System.GetElapsedTime(start);
        Good.ShouldAllBe(vessel => hashes.All(pair => FaultBench.HashOf(Path.Combine(bench.Vessel(vessel).Inbox, pair.Key)).SequenceEqual(pair.Value)));
        return took;
    }
}
