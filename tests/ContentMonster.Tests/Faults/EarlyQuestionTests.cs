using System.Runtime.InteropServices;
using ContentMonster.Daemon.Demo;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>What ssh is asked while the daemon starts (a Match exec in its configuration may hang).</summary>
public sealed class EarlyQuestionTests
{
    private const string Naps = "4711";

    [Fact]
    public async Task A_daemon_that_ends_leaves_no_question_behind()
    {
        using var scratch = new ScratchDirectory();
        string folder = Directory.CreateDirectory(scratch["bin"]).FullName;
        string asked = scratch["asked"];
        await File.WriteAllTextAsync(Path.Combine(folder, "ssh"), $"#!/bin/sh\ncase \" $* \" in *' -G '*) echo >>'{asked}'; sleep {Naps}; exit 1;; esac\nexec /usr/bin/ssh \"$@\"\n", FaultBench.Token);
        Posix.Run("chmod", "755", Path.Combine(folder, "ssh"));
        await using FaultBench bench = await FaultBench.WithVesselAsync();
        RunningDaemon daemon = bench.Start(environment: new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = $"{folder}:/usr/bin:/bin" });

        // Nothing is to be delivered: nobody waits for the answer.
        await bench.UntilAsync(() => File.Exists(asked) && File.ReadAllLines(asked).Length == 2, "ssh is asked");
        await bench.UntilAsync(() => daemon.Children().Count(static child => child.Name == "sleep") == 2, "they hang");
        IReadOnlyList<SeenProcess> hanging = daemon.Children();
        daemon.Signal(PosixSignal.SIGTERM);
        (await daemon.EndedAsync()).ShouldBe(0, bench.Story());
        await bench.UntilAsync(() => !hanging.Any(ProcessTree.Lives), "none of them is left");
    }
}
