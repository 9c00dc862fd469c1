using ContentMonster.Daemon.Demo;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>Nothing breaks, nothing answers: noticed by the daemon's own deadlines.</summary>
public sealed class SilenceTests
{
    private const int Big = 60 << 20;
    private const string Slow = "BandwidthLimit = 10M";

    [Fact]
    public async Task A_link_that_is_silent_before_the_banner_is_given_up_and_tried_again()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync();
        FaultVessel ship = bench.Vessel();
        ship.Proxy.FallSilent();
        byte[] hash = bench.Put("file.bin", 1 << 20);
        RunningDaemon daemon = bench.Start();
        await bench.UntilAsync(() => daemon.Said("ship is tried again in"), "the silence is noticed");
        ship.Proxy.SpeakAgain();
        await bench.ShouldArriveAsync("file.bin", hash);
    }

    [Fact]
    public async Task A_link_that_falls_silent_during_the_login_is_given_up_and_tried_again()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync();
        FaultVessel ship = bench.Vessel();

        // Past both banners and the beginning of the key exchange.
        ship.Proxy.FallSilentAfter(1_500);
        byte[] hash = bench.Put("file.bin", 1 << 20);
        RunningDaemon daemon = bench.Start();
        await bench.UntilAsync(() => daemon.Said("ship is tried again in"), "the silence is noticed");
        ship.Proxy.SpeakAgain();
        await bench.ShouldArriveAsync("file.bin", hash);
    }

    [Fact]
    public async Task A_link_that_is_slow_and_not_silent_is_waited_for_though_connecting_takes_longer_than_Timeout()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync();
        FaultVessel ship = bench.Vessel();
        ship.Proxy.Drip(250);
        byte[] hash = bench.Put("file.bin", 1 << 10);
        RunningDaemon daemon = bench.Start();
        await bench.UntilAsync(() => ship.Proxy.Open > 0, "it is being connected to");
        long begun = TimeProvider.System.GetTimestamp();
        await bench.UntilAsync(() => daemon.Said("Connected to ship"), "it is connected");

        // Timeout is 2 s.
        TimeProvider.System.GetElapsedTime(begun).ShouldBeGreaterThan(TimeSpan.FromSeconds(4));
        daemon.Said("ship is tried again").ShouldBeFalse(bench.Story());
        ship.Proxy.Pour();
        await bench.ShouldArriveAsync("file.bin", hash);
        daemon.Said("unverified").ShouldBeFalse(bench.Story());
    }

    [Fact]
    public async Task A_link_that_falls_silent_in_mid_transfer_is_torn_down_and_resumed()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync(Slow);
        FaultVessel ship = bench.Vessel();
        byte[] hash = bench.Put("big.bin", Big);
        RunningDaemon daemon = bench.Start();
        await bench.UntilSentAsync(Big / 3);
        ship.Proxy.FallSilent();
        long silent = TimeProvider.System.GetTimestamp();
        await bench.UntilAsync(() => daemon.Said("nothing came back in time"), "the silence is noticed");

        // Timeout is 2 s; the rest is for a busy machine.
        TimeProvider.System.GetElapsedTime(silent).ShouldBeLessThan(TimeSpan.FromSeconds(15));
        ship.Proxy.SpeakAgain();
        await bench.ShouldArriveAsync("big.bin", hash);
        ship.Proxy.Sent.ShouldBeLessThan((long)((Big + (3 * FaultBench.Lanes * FaultBench.Window)) * 1.03) + (ship.Proxy.Accepted * (64L << 10)), bench.Story());
    }

    [Fact]
    public async Task A_shell_that_is_long_in_starting_is_told_and_waited_for()
    {
        using var scratch = new ScratchDirectory();

        // Without a word it is the shell that the daemon asked for; with words what begins a login.
        await using FaultBench bench = await WithShellAsync(scratch, $"if [ $# = 0 ]; then until [ -e '{scratch["go"]}' ]; do sleep 0.2; done; fi");
        byte[] hash = bench.Put("file.bin", 1 << 20);
        RunningDaemon daemon = bench.Start();
        await bench.UntilAsync(
            async () => await daemon.StatusAsync("ship") is { State: "Working", LastError: string error, Advice: not null } && error.Contains("shell", StringComparison.Ordinal), "status says what is waited for");
        await File.WriteAllTextAsync(scratch["go"], "", FaultBench.Token);
        await bench.ShouldArriveAsync("file.bin", hash);
        daemon.Said("unverified").ShouldBeFalse(bench.Story());
    }

    [Fact]
    public async Task A_shell_that_never_answered_is_told_for_as_long_as_files_go_unverified_and_used_when_it_answers()
    {
        using var scratch = new ScratchDirectory();
        await using FaultBench bench = await WithShellAsync(scratch, $"if [ $# = 0 ] && ! [ -e '{scratch["go"]}' ]; then exec cat /dev/zero; fi");
        byte[] hash = bench.Put("file.bin", 1 << 20);
        RunningDaemon daemon = bench.Start();
        await bench.ShouldArriveAsync("file.bin", hash);
        await bench.UntilAsync(() => daemon.Said("file.bin on ship, unverified"), "the log says so");
        VesselStatus shown = (await daemon.StatusAsync("ship")).ShouldNotBeNull();
        shown.LastError.ShouldNotBeNull().ShouldContain("unverified");
        shown.Advice.ShouldNotBeNull().ShouldContain("login");
        await File.WriteAllTextAsync(scratch["go"], "", FaultBench.Token);
        await bench.UntilAsync(() => daemon.Said("answers now"), "the shell is asked again");
        await bench.UntilAsync(async () => await daemon.StatusAsync("ship") is { State: "Idle", LastError: null }, "status says that all is well");
        hash = bench.Put("other.bin", 1 << 20);
        await bench.ShouldArriveAsync("other.bin", hash);
        daemon.Said("other.bin on ship, unverified").ShouldBeFalse(bench.Story());
        (await daemon.StatusAsync("ship")).ShouldNotBeNull().LastError.ShouldBeNull();
    }

    [Fact]
    public async Task A_login_behind_which_nothing_starts_is_told_from_a_vessel_that_is_away()
    {
        using var scratch = new ScratchDirectory();
        await using FaultBench bench = await WithShellAsync(scratch, $"until [ -e '{scratch["go"]}' ]; do sleep 0.2; done");
        byte[] hash = bench.Put("file.bin", 1 << 20);
        RunningDaemon daemon = bench.Start();
        await bench.UntilAsync(async () => await daemon.StatusAsync("ship") is { State: "BackingOff", LastError: string error } && error.Contains("though its SSH server answers", StringComparison.Ordinal), "status says what hangs");
        await File.WriteAllTextAsync(scratch["go"], "", FaultBench.Token);
        await bench.ShouldArriveAsync("file.bin", hash);
        daemon.Said("unverified").ShouldBeFalse(bench.Story());
    }

    [Fact]
    public async Task A_stopped_sftp_server_is_noticed_though_its_ssh_and_shell_answer()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync(Slow);
        FaultVessel ship = bench.Vessel();
        byte[] hash = bench.Put("big.bin", Big);
        RunningDaemon daemon = bench.Start();
        await bench.UntilSentAsync(Big / 3);
        IReadOnlyList<SeenProcess> frozen = ship.Freeze("sftp-server");
        try
        {
            frozen.ShouldNotBeEmpty();
            await bench.UntilAsync(() => daemon.Said("nothing came back in time"), "the silence is noticed");
            await bench.ShouldArriveAsync("big.bin", hash);
        }
        finally
        {
            FaultVessel.Thaw(frozen);
        }
    }

    [Fact]
    public async Task A_stopped_shell_is_noticed_and_replaced_and_the_file_is_still_verified()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync(Slow);
        FaultVessel ship = bench.Vessel();
        byte[] hash = bench.Put("big.bin", Big);
        RunningDaemon daemon = bench.Start();
        await bench.UntilSentAsync(Big / 3);
        IReadOnlyList<SeenProcess> frozen = ship.Freeze("sh", "sleep");
        try
        {
            frozen.ShouldNotBeEmpty();
            await bench.ShouldArriveAsync("big.bin", hash);
            daemon.Said("unverified").ShouldBeFalse(bench.Story());
            ship.Proxy.Sent.ShouldBeLessThan((long)(Big * 1.3), bench.Story());
        }
        finally
        {
            FaultVessel.Thaw(frozen);
        }
    }

    [Fact]
    public async Task A_vessel_that_is_black_from_the_start_delays_no_other()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync();
        FaultVessel dark = await bench.AddVesselAsync("dark");
        dark.Proxy.FallSilent();
        Dictionary<string, byte[]> hashes = Enumerable.Range(0, 20).ToDictionary(at => $"file{at:00}.bin", at => bench.Put($"file{at:00}.bin", 100_000 + at), StringComparer.Ordinal);
        RunningDaemon daemon = bench.Start();
        await bench.UntilAsync(() => hashes.Keys.All(name => File.Exists(Path.Combine(bench.Vessel().Inbox, name))), "the other vessel has all");
        hashes.ShouldAllBe(pair => File.Exists(Path.Combine(bench.Shore, pair.Key)));
        await bench.UntilAsync(async () => await daemon.StatusAsync("dark") is { LastError: not null, WaitingFiles: 20 }, "status tells of the dark one");
        dark.Proxy.SpeakAgain();
        await bench.UntilAsync(async () => await daemon.StatusAsync("dark") is { WaitingFiles: 0 }, "the dark one has all");
        foreach ((string name, byte[] hash) in hashes)
        {
            await bench.ShouldArriveAsync(name, hash);
        }
    }

    // A login finds this in place of sh.
    private static async Task<FaultBench> WithShellAsync(ScratchDirectory scratch, string begins)
    {
        string program = scratch["bin/sh"];
        Directory.CreateDirectory(scratch["bin"]);
        await File.WriteAllTextAsync(program, $"#!/bin/sh\n{begins}\nexec /bin/sh \"$@\"\n", FaultBench.Token);
        Posix.Run("chmod", "755", program);
        return await FaultBench.WithVesselAsync(
            options: new ThrowawaySshdOptions { Variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = $"{scratch["bin"]}:/usr/bin:/bin" } });
    }
}
