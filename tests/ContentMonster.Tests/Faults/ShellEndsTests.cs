using ContentMonster.Daemon.Demo;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>The vessel's shell ends by itself when it has nothing to do, and logins come with words that look like trouble.</summary>
public sealed class ShellEndsTests
{
    private const string Words = "echo 'You are over your disk quota. No space left, Permission denied.'";

    // Side by side: most of it is waiting.
    [Fact]
    public Task The_next_file_opens_a_shell_anew_and_nothing_fails() => Task.WhenAll(
        ShouldOpenAnewAsync("export TMOUT=1; exec /bin/bash --posix \"$@\"", ends: false),
        ShouldOpenAnewAsync("exec timeout 12 /bin/sh \"$@\"", ends: true));

    private static async Task ShouldOpenAnewAsync(string becomes, bool ends)
    {
        using var scratch = new ScratchDirectory();
        Directory.CreateDirectory(scratch["bin"]);

        // Without a word it is the shell that the daemon asked for; with words what begins a login.
        string program = scratch["bin/sh"];
        await File.WriteAllTextAsync(program, $"#!/bin/sh\nif [ $# -gt 0 ]; then exec /bin/sh \"$@\"; fi\n{Words}\n{Words} >&2\necho $$ >> '{scratch["shells"]}'\n{becomes}\n", FaultBench.Token);
        Posix.Run("chmod", "755", program);
        await using FaultBench bench = await FaultBench.WithVesselAsync(
            options: new ThrowawaySshdOptions { Variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = $"{scratch["bin"]}:/usr/bin:/bin" } });
        RunningDaemon daemon = bench.Start();
        int Shells() => File.Exists(scratch["shells"]) ? File.ReadLines(scratch["shells"]).Count() : 0;
        for (int round = 0; round < 2; round++)
        {
            byte[] big = bench.Put($"big{round}.bin", 3 << 20);
            byte[] small = bench.Put($"small{round}.bin", 100);
            await bench.ShouldArriveAsync($"big{round}.bin", big);
            await bench.ShouldArriveAsync($"small{round}.bin", small);
            await Task.Delay(TimeSpan.FromSeconds(13), TimeProvider.System, FaultBench.Token);
        }

        (Shells() > 1).ShouldBe(ends, bench.Story());
        daemon.Said("unverified").ShouldBeFalse(bench.Story());
        daemon.Count(" warn ").ShouldBe(0, bench.Story());
        daemon.Count(" ERROR ").ShouldBe(0, bench.Story());
        bench.Vessel().Proxy.Accepted.ShouldBeLessThan(20);
    }
}
