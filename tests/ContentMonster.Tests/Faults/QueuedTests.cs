using System.Globalization;

namespace ContentMonster.Tests.Faults;

/// <summary>Many files wait for a vessel that is away: neither memory nor CPU pay for it.</summary>
public sealed class QueuedTests
{
    private const long MostBytes = 120L << 20;

    [Fact]
    public async Task A_long_queue_for_a_vessel_that_is_away_costs_little_memory_and_no_cpu()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync();
        await bench.Vessel().Sshd.StopAsync();
        for (int number = 0; number < Patient.Flood; number++)
        {
            string folder = Path.Combine(bench.Shore, $"dir{number / 1000}");
            if (number % 1000 == 0)
            {
                Directory.CreateDirectory(folder);
            }

            await File.WriteAllTextAsync(Path.Combine(folder, $"file{number}"), "content", FaultBench.Token);
        }

        RunningDaemon daemon = bench.Start(environment: RunningDaemon.AsUsual);
        await bench.UntilAsync(async () => (await daemon.StatusAsync("ship"))?.WaitingFiles == Patient.Flood, "all wait", seconds: 60 + (Patient.Flood / 500));

        // Let the scan's and the start's own work come to its end; on a busy machine .NET's compiler is long in coming to it, so it is the median that counts.
        await WaitAsync(10);
        double[] shares = new double[3];
        for (int number = 0; number < shares.Length; number++)
        {
            shares[number] = await ShareAsync(daemon);
        }

        double share = shares.Order().ElementAt(1);
        long peak = Peak(daemon.ProcessId);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Patient.Flood} queued: {string.Join(", ", shares.Select(static one => one.ToString("P2", CultureInfo.InvariantCulture)))} of a core, peak {peak >> 20} MiB resident"));

        // Connecting each few seconds to a dead port is part of it: an ssh is begun for it, whose own time is not counted here.
        share.ShouldBeLessThan(0.01);
        peak.ShouldBeLessThan(MostBytes);
    }

    private static async Task<double> ShareAsync(RunningDaemon daemon)
    {
        const double seconds = 10;
        TimeSpan before = daemon.UsedTime;
        await WaitAsync(seconds);
        return (daemon.UsedTime - before).TotalSeconds / seconds;
    }

    private static Task WaitAsync(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System, FaultBench.Token);

    private static long Peak(int process) =>
        long.Parse(File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
}
