using System.Runtime.InteropServices;
using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;
using Microsoft.Data.Sqlite;

namespace ContentMonster.Tests.Faults;

/// <summary>Connections, servers and the daemon itself end in mid-upload.</summary>
public sealed class BrokenConnectionTests
{
    private const int Big = 100 << 20;
    private const string Slow = "BandwidthLimit = 20M";

    // What ssh adds: packet headers, key exchanges, the file's own requests.
    private const double SshOverhead = 1.03;
    private const long EachLogin = 64 << 10;

    [Fact]
    public async Task Sessions_killed_at_six_points_cost_what_was_in_flight()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync(Slow);
        FaultVessel ship = bench.Vessel();
        byte[] hash = bench.Put("big.bin", Big);
        bench.Start();
        const int cuts = 6;
        for (int cut = 1; cut <= cuts; cut++)
        {
            await bench.UntilSentAsync((long)Big * cut / 8);
            ship.Sshd.KillSessions();
        }

        await bench.ShouldArriveAsync("big.bin", hash);
        ship.Proxy.Sent.ShouldBeLessThan((long)((Big + (cuts * FaultBench.Lanes * FaultBench.Window)) * SshOverhead) + (ship.Proxy.Accepted * EachLogin), bench.Story());
        ship.Proxy.Accepted.ShouldBeLessThan((cuts + 1) * (FaultBench.Lanes + 3) * 2);
    }

    [Fact]
    public async Task A_killed_daemon_resumes_where_it_was_and_leaves_no_ssh()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync(Slow);
        FaultVessel ship = bench.Vessel();
        byte[] hash = bench.Put("big.bin", Big);
        bench.Start();
        const int kills = 3;
        for (int kill = 1; kill <= kills; kill++)
        {
            await bench.UntilSentAsync((long)Big * kill / 5);
            IReadOnlyList<SeenProcess> children = bench.Daemon.Children();
            children.ShouldContain(child => child.Name == "ssh");
            await bench.Daemon.KillAsync();
            await Eventually.BeTrueAsync(() => !children.Any(ProcessTree.Lives), "no ssh is left of the killed daemon", seconds: 10);
            bench.Start();
        }

        await bench.ShouldArriveAsync("big.bin", hash);

        // Progress is booked about once a second: at 20 MB/s that, what was in flight, and a second's slack for a busy machine.
        const long perKill = (FaultBench.Lanes * FaultBench.Window) + (3 * 20_000_000);
        ship.Proxy.Sent.ShouldBeLessThan((long)((Big + (kills * perKill)) * SshOverhead), bench.Story());
        ship.Proxy.Sent.ShouldBeLessThan((long)Big * 2, bench.Story());
    }

    [Theory]
    [InlineData(PosixSignal.SIGTERM)]
    [InlineData(PosixSignal.SIGINT)]
    public async Task A_signal_stops_in_time_saves_the_state_and_the_next_start_resumes(PosixSignal signal)
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync("BandwidthLimit = 10M");
        FaultVessel ship = bench.Vessel();
        const int size = 60 << 20;
        byte[] hash = bench.Put("big.bin", size);
        RunningDaemon first = bench.Start();
        await bench.UntilSentAsync(size / 2);
        IReadOnlyList<SeenProcess> children = first.Children();
        first.Signal(signal);
        (await first.EndedAsync()).ShouldBe(0, bench.Story());
        children.Any(ProcessTree.Lives).ShouldBeFalse("ssh was closed with the daemon");
        first.Count(" ERROR ").ShouldBe(0, bench.Story());
        first.Count(" warn ").ShouldBe(0, bench.Story());

        bench.Start();
        await bench.ShouldArriveAsync("big.bin", hash);
        ship.Proxy.Sent.ShouldBeLessThan((long)((size + (FaultBench.Lanes * FaultBench.Window)) * SshOverhead) + (ship.Proxy.Accepted * EachLogin), bench.Story());
    }

    [Fact]
    public async Task A_stop_while_the_ledger_is_slow_loses_nothing_of_what_was_acknowledged()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync(Slow);
        FaultVessel ship = bench.Vessel();
        byte[] hash = bench.Put("big.bin", Big);
        RunningDaemon first = bench.Start(chunkSize: "1M");
        await bench.UntilSentAsync(Big / 6);
        using (var other = new SqliteConnection($"Data Source={bench.Ledger};Pooling=False"))
        {
            other.Open();
            using SqliteCommand hold = other.CreateCommand();
            hold.CommandText = "begin immediate";
            hold.ExecuteNonQuery();

            // Long enough for a save to be waiting for the ledger when the signal comes.
            await bench.UntilSentAsync((long)Big * 2 / 3);
            first.Signal(PosixSignal.SIGTERM);
            await bench.UntilAsync(() => first.Said("Stopping"), "the daemon stops");
        }

        (await first.EndedAsync()).ShouldBe(0, bench.Story());
        bench.Start(chunkSize: "1M");
        await bench.ShouldArriveAsync("big.bin", hash);
        ship.Proxy.Sent.ShouldBeLessThan((long)((Big + (FaultBench.Lanes * FaultBench.Window)) * SshOverhead) + (ship.Proxy.Accepted * EachLogin), bench.Story());
    }

    [Fact]
    public async Task A_terminals_interrupt_does_not_reach_the_lanes()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync("BandwidthLimit = 5M");
        bench.Put("big.bin", 60 << 20);
        RunningDaemon daemon = bench.Start();
        await bench.UntilSentAsync(10 << 20);
        string group = Group(daemon.ProcessId);
        SeenProcess[] ssh = [.. daemon.Children().Where(child => child.Name == "ssh")];
        ssh.ShouldNotBeEmpty();
        ssh.ShouldAllBe(child => Group(child.ProcessId) != group);
    }

    [Fact]
    public async Task A_server_that_is_away_is_not_stormed_and_gets_its_file_soon_after_it_is_back()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync(Slow);
        FaultVessel ship = bench.Vessel();
        byte[] hash = bench.Put("big.bin", Big);
        RunningDaemon daemon = bench.Start();
        await bench.UntilSentAsync(Big / 4);
        await ship.Sshd.StopAsync();
        int before = ship.Proxy.Accepted;
        long away = TimeProvider.System.GetTimestamp();
        await bench.UntilAsync(
            async () => await daemon.StatusAsync("ship") is { ErrorKind: FailureKind.Unreachable, State: "BackingOff", NextAttempt: not null }, "status says that it cannot be reached, and when it is tried again");
        await bench.UntilAsync(() => TimeProvider.System.GetElapsedTime(away) >= TimeSpan.FromSeconds(15), "time passes");

        // 0, 1, 2, 4, 8 s: five or six attempts, each with a lane and a shell.
        (ship.Proxy.Accepted - before).ShouldBeInRange(2, 16);
        await ship.Sshd.RestartAsync(FaultBench.Token);
        long sent = ship.Proxy.Sent;
        long back = TimeProvider.System.GetTimestamp();
        await bench.UntilSentAsync(sent + (1 << 20));

        // By the rule at most 10 s; the rest is for a busy machine.
        TimeProvider.System.GetElapsedTime(back).ShouldBeLessThan(TimeSpan.FromSeconds(20));
        await bench.ShouldArriveAsync("big.bin", hash);
        ship.Proxy.Sent.ShouldBeLessThan((long)((Big + (FaultBench.Lanes * FaultBench.Window)) * SshOverhead) + (ship.Proxy.Accepted * EachLogin), bench.Story());
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_is_told_and_hurts_nobody_else()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync();
        bench.Section("Vessel lost", "Address = nosuch.invalid\nTimeout = 2s");
        byte[] hash = bench.Put("file.bin", 1 << 20);
        RunningDaemon daemon = bench.Start();
        await bench.UntilAsync(() => File.Exists(Path.Combine(bench.Vessel().Inbox, "file.bin")), "the other vessel has it");
        await bench.UntilAsync(async () => await daemon.StatusAsync("lost") is { ErrorKind: FailureKind.NameNotResolved }, "status names the cause");
        FaultBench.HashOf(Path.Combine(bench.Vessel().Inbox, "file.bin")).ShouldBe(hash);
        File.Exists(Path.Combine(bench.Shore, "file.bin")).ShouldBeTrue("one vessel still lacks it");
    }

    [Fact]
    public async Task A_server_that_takes_one_login_at_a_time_gets_its_files_verified()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync(options: new ThrowawaySshdOptions { ConfigLines = ["MaxStartups 1", "MaxSessions 1"] });
        byte[] hash = bench.Put("big.bin", 40 << 20);
        RunningDaemon daemon = bench.Start();
        await bench.ShouldArriveAsync("big.bin", hash);
        daemon.Said("is tried again in").ShouldBeFalse(bench.Story());
        daemon.Said("unverified").ShouldBeFalse(bench.Story());
    }

    [Fact]
    public async Task Two_daemons_on_one_settings_file_the_second_refuses()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync();
        RunningDaemon first = bench.Start();
        await bench.UntilAsync(async () => await first.StatusAsync("ship") is not null, "the first daemon answers");
        RunningDaemon second = bench.Start();
        (await second.EndedAsync()).ShouldBe(1);
        second.Said("Could not").ShouldBeTrue(bench.Story());
        second.Said($"{first.ProcessId}").ShouldBeTrue(bench.Story());
        first.Runs.ShouldBeTrue();
        (await first.StatusAsync("ship")).ShouldNotBeNull("the refused one must not have taken the first one's socket");
    }

    private static string Group(int pid)
    {
        string stat = File.ReadAllText($"/proc/{pid}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[2];
    }
}
