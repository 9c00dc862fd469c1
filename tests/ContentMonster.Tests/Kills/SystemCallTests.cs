using System.Globalization;
using ContentMonster.Tests.Commands;
using ContentMonster.Tests.Faults;
using ContentMonster.Tests.Servers;

namespace ContentMonster.Tests.Kills;

/// <summary>The Nth system call of a kind fails or is the last one, in the daemon and in the vessel's sftp-server.</summary>
public sealed class SystemCallTests
{
    private const int Usual = 40;
    private const string Rate = "BandwidthLimit = 8M";
    private static readonly string[] OfTheVessel = ["rename", "fsync", "lseek", "openat", "unlink", "close", "fchmod"];
    private static readonly string[] OfTheDaemon = ["renameat2", "fsync", "fdatasync", "pwrite64", "openat2", "mkdirat"];
    private static readonly string[] Ends = ["signal=SIGKILL", "error=EIO", "error=ENOSPC"];
    private static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan AfterTheFault = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_system_call_of_the_vessels_server_that_fails_or_kills_it_loses_nothing_and_tears_nothing()
    {
        Assert.SkipUnless(Has("strace"), "strace is not installed.");
        Rounds rounds = Rounds.Of("CM_VESSEL_CALLS", Usual * 3 / 4);
        await using KillBench bench = await KillBench.MakeAsync(rounds.Random, relayed: true, Rate);
        bench.Start();
        int injected = 0;
        for (int round = 0; round < rounds.Count; round++)
        {
            string log = Path.Combine(bench.Bench.Scratch, $"calls{round}");
            string call = OfTheVessel[round % OfTheVessel.Length];
            string end = Ends[rounds.Random.Next(Ends.Length)];
            int number = rounds.Random.Next(1, 8);
            bench.Note($"round {round}: the {number}. {call}: {end}");
            FaultVessel vessel = rounds.Random.Next(2) == 0 ? bench.Ship : bench.Cat;
            vessel.Relay!.Under = $"strace -f -qq -o {log} -e trace={call} -e inject={call}:{end}:when={number} ";
            vessel.Sshd.KillSessions();
            bench.PutMix(tiny: 2);
            await SettleAsync(bench, log);
            injected += Injected(log) ? 1 : 0;
            vessel.Relay.Under = "";
            vessel.Sshd.KillSessions();
            if (round % 5 == 4)
            {
                await RetryAsync(bench);
            }
        }

        Write($"{injected} of {rounds.Count} drawn calls were reached");
        injected.ShouldBeGreaterThan(rounds.Count / 3, bench.Story());
        await ShouldEndWellAsync(bench);
    }

    [Fact]
    public async Task A_system_call_of_the_daemon_that_fails_or_kills_it_loses_nothing_and_tears_nothing()
    {
        Assert.SkipUnless(Has("strace"), "strace is not installed.");
        Rounds rounds = Rounds.Of("CM_DAEMON_CALLS", Usual / 4);
        await using KillBench bench = await KillBench.MakeAsync(rounds.Random, relayed: false, Rate);
        int injected = 0;
        for (int round = 0; round < rounds.Count; round++)
        {
            string log = Path.Combine(bench.Bench.Scratch, $"calls{round}");
            string call = OfTheDaemon[round % OfTheDaemon.Length];
            string end = Ends[rounds.Random.Next(Ends.Length)];
            int number = rounds.Random.Next(1, 5);
            bench.Note($"round {round}: the {number}. {call}: {end}");
            bench.PutMix(tiny: 2);
            RunningDaemon daemon = bench.Start(null, "strace", "-D", "-f", "-qq", "--seccomp-bpf", "-o", log, "-e", $"trace={call}", "-e", $"inject={call}:{end}:when={number}");
            await SettleAsync(bench, log);
            bool died = !daemon.Runs;
            await daemon.KillAsync();
            injected += died || Injected(log) ? 1 : 0;
            bench.Aftermath.WhatIsArchivedShouldBeEverywhere();
        }

        Write($"{injected} of {rounds.Count} drawn calls were reached");
        injected.ShouldBeGreaterThan(rounds.Count / 3, bench.Story());
        await ShouldEndWellAsync(bench);
    }

    // Until all went well, or the daemon died, or the fault had time to show.
    private static async Task SettleAsync(KillBench bench, string log)
    {
        long start = TimeProvider.System.GetTimestamp();
        await bench.UntilAsync(
            () => !bench.Daemon.Runs || bench.AllArchived || Injected(log) || TimeProvider.System.GetElapsedTime(start) > LongestRound, "the round is over");
        await Task.Delay(AfterTheFault, TimeProvider.System, FaultBench.Token);
    }

    private static async Task ShouldEndWellAsync(KillBench bench)
    {
        if (!bench.Daemon.Runs)
        {
            bench.Start();
        }

        // What stepped back need not be waited for: whoever mended something would ask for a retry, too.
        for (int round = 0; round < 10 && !bench.AllArchived; round++)
        {
            await RetryAsync(bench);
            long asked = TimeProvider.System.GetTimestamp();
            await bench.UntilAsync(() => bench.AllArchived || TimeProvider.System.GetElapsedTime(asked) > TimeSpan.FromSeconds(5), "a retry has had its time");
        }

        await bench.ShouldEndWellAsync();
    }

    private static async Task RetryAsync(KillBench bench) =>
        await Executable.RunAsync(bench.Bench.Scratch, "retry", "--config", bench.Bench.Settings);

    private static bool Injected(string log)
    {
        try
        {
            return File.ReadLines(log).Any(line => line.Contains("(INJECTED)", StringComparison.Ordinal) || line.Contains("killed by SIGKILL", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return false; // Not made yet.
        }
    }

    private static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    private static void Write(FormattableString line) => TestContext.Current.TestOutputHelper?.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
