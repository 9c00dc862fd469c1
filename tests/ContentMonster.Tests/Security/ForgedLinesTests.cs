using System.Text;
using ContentMonster.Shore;
using ContentMonster.Tests.Faults;
using ContentMonster.Tests.Fuzzing;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Security;

/// <summary>File names that would forge a line of the log or turn a terminal: through the real program's log and every command that shows names.</summary>
public sealed class ForgedLinesTests
{
    private static readonly string[] Delivered =
    [
        "a\n2026-01-01 00:00:00.000 ERROR forged", "b\r\u001b[2J\u001b[31mred", "c\u001b]0;title\u0007", "d\u00c2\u009b31m", "e\u009b31m raw", "f\u00e2\u0080\u00aegpj.exe", "g\u00e2\u0081\u00a6x", "h\u00ff\u00fe", "i\u0008\u007f", "j\u00e2\u0080\u00a8k",
        "l[red]markup[blue]", "m\tn", "o\\x1b",
    ];

    private static readonly string[] Refused = ["x\n<3>forged", "y\u001b[1A\u001b[2K", "z\u009b\u00e2\u0080\u00ae"];

    [Fact]
    public async Task A_name_is_one_harmless_line_wherever_it_is_shown()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync();
        string inbox = Directory.CreateDirectory(bench.Vessel().Inbox).FullName;
        Directory.CreateDirectory(bench.Shore);
        foreach (string name in Delivered.Concat(Refused))
        {
            Posix.WriteFile(bench.Shore, Tree.Name(name), "content"u8);
        }

        using (ShoreRoot there = ShoreRoot.Open(inbox))
        {
            foreach (string name in Refused)
            {
                // A directory stands where the file should go: that file fails, and everybody tells of it.
                Posix.WriteFile(inbox, Tree.Name(name + "0"), "x"u8);
                there.Move(Tree.Name(name + "0"), Tree.Name(name + "/x")).ShouldBeTrue();
            }
        }

        RunningDaemon daemon = bench.Start();
        await bench.UntilAsync(() => new Tree(bench.Shore).Files.Count(file => file.StartsWith("processed/", StringComparison.Ordinal)) == Delivered.Length, "what can be delivered is");
        await bench.UntilAsync(() => daemon.Count("not a regular file") + daemon.Count("Could not publish") >= Refused.Length, "the others are told of");
        string[][] commands = [["status"], ["status", "--json"], ["history"], ["history", "--json"], ["check"], .. Delivered.Concat(Refused).Select(name => (string[])["explain", name])];
        foreach (string[] command in commands)
        {
            await ShowsAsync(bench, command, atLeast: command[0] switch { "history" => Delivered.Length, _ => 1 });
        }

        await daemon.KillAsync();
        daemon.Lines.ToList().ForEach(Harmless.Check);
        daemon.Lines.ShouldAllBe(line => line.Length > 24 && char.IsAsciiDigit(line[0]) && line[4] == '-', "each line is one of the log's own");
        daemon.Lines.ShouldNotContain(line => line.StartsWith("2026-01-01", StringComparison.Ordinal));
        foreach (string[] command in commands[..4])
        {
            await ShowsAsync(bench, command, atLeast: 1);
        }
    }

    private static async Task ShowsAsync(FaultBench bench, string[] command, int atLeast)
    {
        // Names go in as bytes, as a shell would hand them over.
        string script = string.Join(' ', command.Select(word => "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'"));
        string output = Path.Combine(bench.Scratch, "output");
        string file = Path.Combine(bench.Scratch, "command");
        await File.WriteAllBytesAsync(file, Encoding.Latin1.GetBytes($"exec '{Commands.Executable.Path}' {script} --config '{bench.Settings}' >'{output}' 2>&1 </dev/null"));
        await ProcessText.RunAsync("sh", [file]);
        string[] lines = Harmless.Lines(await File.ReadAllBytesAsync(output));
        lines.Length.ShouldBeGreaterThanOrEqualTo(atLeast, script);
        lines.ShouldNotContain(line => line.StartsWith("2026-01-01", StringComparison.Ordinal) || line.StartsWith("<3>", StringComparison.Ordinal));
    }
}
