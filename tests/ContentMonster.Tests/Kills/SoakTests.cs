using System.Globalization;
using ContentMonster.Daemon.Demo;
using ContentMonster.Tests.Faults;

namespace ContentMonster.Tests.Kills;

/// <summary>Hours in small: files of any size at any time to four vessels over links that flap, with kills, and nothing of the daemon grows.</summary>
public sealed class SoakTests
{
    private const int Usual = 30;

    // From here on warm-up and chance are small beside what is measured.
    private const int LongEnoughToJudge = 600;
    private const double MostGrowth = 1.05;
    private const double MostGrowthInShort = 2.0;
    private const int VesselCount = 4;
    private const int LargestFile = 4 << 20;
    private const int Kill = 9;
    private const long LedgerBase = 32 << 20; // the write-ahead log, emptied into the ledger at 16 MiB
    private const long LedgerPerFile = 4096;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task Nothing_grows_while_files_come_links_flap_and_connections_are_killed()
    {
        Rounds rounds = Rounds.Of("CM_SOAK_SECONDS", Usual);
        await using var bench = new FaultBench();
        var manifest = new Manifest(bench.Shore, bench.Staging, rounds.Random);
        for (int number = 0; number < VesselCount; number++)
        {
            await bench.AddVesselAsync($"ship{number}", number % 2 == 0 ? "BandwidthLimit = 4M" : "BandwidthLimit = 4M\nAssembly = cat\nTempDir = tmp");
        }

        RunningDaemon daemon = bench.Start("256K", environment: RunningDaemon.AsUsual);
        manifest.Put("first", LargestFile);
        await bench.UntilArchivedAsync("first");
        List<Usage> samples = await LiveAsync(bench, daemon, manifest, rounds);
        foreach (FaultVessel vessel in bench.Vessels)
        {
            vessel.Proxy.SpeakAgain();
        }

        await ShouldHaveArrivedAsync(bench, manifest);
        daemon.Runs.ShouldBeTrue(bench.Story());
        Judge(samples, rounds.Count, bench);
        long ledger = Directory.EnumerateFiles(Path.GetDirectoryName(bench.Ledger)!, "cm.db*").Sum(file => new FileInfo(file).Length);
        Write($"{manifest.Names.Count} files of {manifest.TotalBytes >> 20} MiB, {bench.Vessels.Sum(vessel => vessel.Proxy.Accepted)} connections; ledger {ledger >> 10} KiB");
        ledger.ShouldBeLessThan(LedgerBase + (manifest.Names.Count * LedgerPerFile), bench.Story());
    }

    private static async Task<List<Usage>> LiveAsync(FaultBench bench, RunningDaemon daemon, Manifest manifest, Rounds rounds)
    {
        var samples = new List<Usage>();
        long start = TimeProvider.System.GetTimestamp();
        for (int at = 0; TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(rounds.Count); at++)
        {
            Trouble(bench, rounds.Random);
            if (rounds.Random.Next(2) == 0)
            {
                // Small ones are many, big ones are few.
                manifest.Put($"file{at:000000}", (int)(LargestFile * Math.Pow(rounds.Random.NextDouble(), 4)));
            }

            await Task.Delay(Pace, TimeProvider.System, FaultBench.Token);
            if (Usage.Of(daemon.ProcessId) is { } usage)
            {
                samples.Add(usage);
            }
        }

        return samples;
    }

    private static void Trouble(FaultBench bench, Random random)
    {
        FaultVessel vessel = bench.Vessels[random.Next(bench.Vessels.Count)];
        switch (random.Next(8))
        {
            case 0:
                vessel.Proxy.FallSilent();
                break;
            case 1:
                vessel.Proxy.Cut();
                break;
            case 2:
                SeenProcess[] programs = [.. vessel.Programs("sh"), .. vessel.Programs("sftp-server")];
                if (programs.Length > 0)
                {
                    _ = RunningDaemon.Send(programs[random.Next(programs.Length)].ProcessId, Kill);
                }

                break;
            default:
                vessel.Proxy.SpeakAgain();
                break;
        }
    }

    private static async Task ShouldHaveArrivedAsync(FaultBench bench, Manifest manifest)
    {
        foreach (string name in manifest.Names)
        {
            await bench.UntilArchivedAsync(name);
            foreach (FaultVessel vessel in bench.Vessels)
            {
                Convert.ToHexString(FaultBench.HashOf(Path.Combine(vessel.Inbox, name))).ShouldBe(manifest.Last(name), $"{name} on {vessel.Name}\n{bench.Story()}");
            }
        }
    }

    private static void Judge(List<Usage> samples, int seconds, FaultBench bench)
    {
        int fifth = samples.Count / 5;
        fifth.ShouldBeGreaterThan(0);
        Usage[] first = [.. samples.Take(fifth)];
        Usage[] last = [.. samples.TakeLast(fifth)];
        double most = seconds >= LongEnoughToJudge ? MostGrowth : MostGrowthInShort;
        foreach ((string what, Func<Usage, long> of) in Usage.All)
        {
            (double before, double after) = (first.Average(of), last.Average(of));
            Write($"{what}: {before:0.0} in the first fifth, {after:0.0} in the last: {after / before:0.000} (allowed {most})");
            after.ShouldBeLessThanOrEqualTo((before * most) + Usage.Grain(what), $"{what}\n{bench.Story()}");
        }
    }

    private static void Write(FormattableString line) => TestContext.Current.TestOutputHelper?.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
