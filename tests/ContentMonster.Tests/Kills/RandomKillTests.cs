using ContentMonster.Daemon.Demo;
using ContentMonster.Tests.Faults;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Kills;

/// <summary>Anything of ours, and of the vessel's, dies at any instant.</summary>
public sealed class RandomKillTests
{
    private const int Usual = 50;
    private const int MostWaitMilliseconds = 600;
    private const int MostTries = 20;

    // Then all is delivered and looked at, and another shore and other vessels are made: what waits would grow without end.
    private const int MostInOneLife = 100;
    private const string Rate = "BandwidthLimit = 8M";
    private const int Kill = 9;

    // What a login costs, on the wire.
    private const long EachLogin = 64 << 10;
    private const double SshOverhead = 1.03;

    // Progress is booked once a second: at 8 MB/s that much, and as much again on a busy machine, is unknown to the next daemon.
    private const long UnbookedAtKill = 3 * 8_000_000;

    [Fact]
    public async Task Kills_at_random_instants_of_daemon_ssh_session_and_shell_lose_nothing_and_tear_nothing()
    {
        Rounds rounds = Rounds.Of("CM_RANDOM_KILLS", Usual);
        for (int done = 0; done < rounds.Count; done += MostInOneLife)
        {
            int count = Math.Min(MostInOneLife, rounds.Count - done);
            await LiveAsync(rounds, count);
            Rounds.TellSurvived(count);
        }
    }

    private static async Task LiveAsync(Rounds rounds, int count)
    {
        await using KillBench bench = await KillBench.MakeAsync(rounds.Random, relayed: false, Rate);
        bench.Note($"{rounds}");
        var gone = new List<(int Round, IReadOnlyList<SeenProcess> Children)>();
        int daemons = 0;
        for (int round = 0; round < count; round++)
        {
            if (round % 3 == 0 || bench.AllArchived)
            {
                bench.PutMix(tiny: round % 30 == 0 ? 200 : 5);
            }

            if (bench.Lives == 0 || !bench.Daemon.Runs)
            {
                bench.Start();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(rounds.Random.Next(MostWaitMilliseconds)), TimeProvider.System, FaultBench.Token);
            bench.TryReplace();
            if (rounds.Random.Next(4) == 0)
            {
                gone.Add((round, bench.Daemon.Children()));
                await bench.Daemon.KillAsync();
                daemons++;
                bench.Aftermath.WhatIsArchivedShouldBeEverywhere();
            }
            else
            {
                await KillOneAsync(bench, rounds.Random);
            }
        }

        foreach ((int round, IReadOnlyList<SeenProcess> children) in gone)
        {
            await Eventually.BeTrueAsync(() => !children.Any(ProcessTree.Lives), $"no child is left of the daemon killed in round {round}", seconds: 10);
        }

        await bench.ShouldEndWellAsync();
        ShouldHaveSentLittleTwice(bench, count - daemons, daemons);
    }

    // Always one: a round that kills nothing is no round.
    private static async Task KillOneAsync(KillBench bench, Random random)
    {
        FaultVessel vessel = random.Next(2) == 0 ? bench.Ship : bench.Cat;
        int kind = random.Next(4);
        for (int tried = 0; tried < MostTries; tried++)
        {
            SeenProcess[] candidates = [];
            await bench.UntilAsync(() => (candidates = Candidates(bench, vessel, kind)).Length > 0 || bench.AllArchived, $"there is something of kind {kind} to kill on {vessel.Name}");
            if (candidates.Length == 0)
            {
                // A vessel that has everything and lost its connection is left alone until there is more for it.
                bench.PutMix(tiny: 5);
                continue;
            }

            SeenProcess victim = candidates[random.Next(candidates.Length)];
            if (RunningDaemon.Send(victim.ProcessId, Kill) == 0)
            {
                bench.Note($"killed {victim.Name} {victim.ProcessId} ({vessel.Name})");
                return;
            }
        }

        Assert.Fail($"Nothing of kind {kind} could be killed on {vessel.Name}\n{bench.Story()}");
    }

    private static SeenProcess[] Candidates(KillBench bench, FaultVessel vessel, int kind) => kind switch
    {
        0 => [.. bench.Daemon.Children().Where(child => child.Name == "ssh")],
        1 => [.. vessel.Sshd.Sessions()],
        2 => [.. vessel.Programs("sftp-server")],
        _ => [.. vessel.Programs("sh")],
    };

    private static void ShouldHaveSentLittleTwice(KillBench bench, int breaks, int daemons)
    {
        foreach (FaultVessel vessel in bench.Bench.Vessels)
        {
            long allowed = (long)((bench.Manifest.TotalBytes + (breaks * FaultBench.Lanes * FaultBench.Window) + (daemons * UnbookedAtKill)) * SshOverhead) + (vessel.Proxy.Accepted * EachLogin);
            TestContext.Current.TestOutputHelper?.WriteLine($"{vessel.Name}: {bench.Manifest.TotalBytes} bytes of files, {vessel.Proxy.Sent} on the wire, {vessel.Proxy.Accepted} logins, {daemons} daemons and {breaks} others killed");
            vessel.Proxy.Sent.ShouldBeLessThan(allowed, bench.Story());
        }
    }
}
