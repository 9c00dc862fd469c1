using System.Globalization;
using ContentMonster.Tests.Faults;

namespace ContentMonster.Tests.Kills;

/// <summary>The link falls silent in each phase of a connection and of a delivery: noticed, told, and made good.</summary>
public sealed class SilentPhaseTests
{
    private const int Size = 3 << 20;
    private const int Timeout = 2;
    private const int Allowed = Timeout + 2;

    // For a machine that does much else; below the 30 s that connecting may take in all.
    private const int Slack = 6;

    private static readonly Dictionary<string, Action<FaultVessel>> Phases = new(StringComparer.Ordinal)
    {
        ["connect"] = static vessel => vessel.Proxy.FallSilent(),
        ["kex"] = static vessel => vessel.Proxy.FallSilentAfter(1_500),
        ["login"] = static vessel => vessel.Proxy.FallSilentAfter(3_500),
        ["open"] = static vessel => OnTrip(vessel, "Open", Moment.Done, 2),
        ["write"] = static vessel => OnTrip(vessel, "Write", Moment.Done, 5),
        ["close"] = static vessel => OnTrip(vessel, "Close", Moment.Before, 2),
        ["assembly"] = static vessel => OnTrip(vessel, "set -C", Moment.Half, 1),
        ["verify"] = static vessel => OnTrip(vessel, "script", Moment.Half, 2),
        ["rename"] = static vessel => OnTrip(vessel, "posix-rename@openssh.com", Moment.Done, 1),
    };

    [Fact]
    public async Task A_link_that_falls_silent_in_any_phase_is_noticed_and_the_file_still_arrives()
    {
        await using var bench = new FaultBench();
        var silentSince = new Dictionary<string, Task<long>>(StringComparer.Ordinal);
        foreach ((string phase, Action<FaultVessel> arm) in Phases)
        {
            FaultVessel vessel = await bench.AddVesselAsync(phase, phase == "assembly" ? "Assembly = cat\nTempDir = tmp" : "", relayed: true);
            arm(vessel);
            silentSince[phase] = vessel.Proxy.Silent;
        }

        byte[] hash = bench.Put("big.bin", Size);
        RunningDaemon daemon = bench.Start(chunkSize: "256K");
        double[] noticed = await Task.WhenAll(Phases.Keys.Select(phase => NoticedAsync(bench, daemon, phase, silentSince[phase])));
        foreach ((string phase, double seconds) in Phases.Keys.Zip(noticed))
        {
            TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"silent in {phase}: noticed after {seconds:0.0} s (Timeout {Timeout} s)"));
        }

        await bench.ShouldArriveAsync("big.bin", hash);
        daemon.Said("unverified").ShouldBeFalse(bench.Story());
        foreach ((string phase, double seconds) in Phases.Keys.Zip(noticed))
        {
            seconds.ShouldBeLessThan(Allowed + Slack, $"{phase}\n{bench.Story()}");
        }
    }

    // The link is back as soon as its silence was noticed.
    private static async Task<double> NoticedAsync(FaultBench bench, RunningDaemon daemon, string phase, Task<long> silentSince)
    {
        await bench.UntilAsync(() => silentSince.IsCompleted, $"the link falls silent in {phase}");
        long since = await silentSince;
        await bench.UntilAsync(() => daemon.Said($"{phase} is tried again in") || daemon.Said($"A lane to {phase} broke"), $"the silence in {phase} is noticed");
        double seconds = TimeProvider.System.GetElapsedTime(since).TotalSeconds;
        bench.Vessel(phase).Relay!.Arm(null);
        bench.Vessel(phase).Proxy.SpeakAgain();
        return seconds;
    }

    private static void OnTrip(FaultVessel vessel, string asked, Moment moment, int number) => vessel.Relay!.Arm(new Trip(asked, moment, number, () =>
    {
        vessel.Proxy.FallSilent();
        return Task.CompletedTask;
    }));
}
