namespace ContentMonster.Tests.Faults;

/// <summary>More directories than the process may have open files for: said at the start, and the daemon lives on with those that it could open.</summary>
public sealed class DescriptorLimitTests
{
    private const int Directories = 200;

    [Fact]
    public async Task Past_the_limit_of_open_files_it_is_told_and_what_could_be_opened_is_served()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync();
        foreach (int number in Enumerable.Range(0, Directories))
        {
            string location = Directory.CreateDirectory(Path.Combine(bench.Scratch, "more", $"d{number}")).FullName;
            bench.Section($"Directory d{number}", $"Location = {location}\nRemoteLocation = more/d{number}");
        }

        RunningDaemon daemon = bench.Start(under: ["sh", "-c", "ulimit -Sn 400 && ulimit -Hn 400 && exec \"$@\"", "sh"]);
        await bench.UntilAsync(() => daemon.Said("open files, and this process may have 400", "LimitNOFILE"), "the limit is named at the start");
        await bench.UntilAsync(() => daemon.Said("waits. Could not watch", "too many files are open"), "directories for which there is no room are named");
        string watched = daemon.Lines.First(line => line.Contains("Watching ", StringComparison.Ordinal)).Split("Watching ")[1].Split(" for ")[0];
        await File.WriteAllTextAsync(Path.Combine(watched, "file"), "x", FaultBench.Token);
        await bench.UntilAsync(() => daemon.Said("Published ", "/file on "), "a directory that is watched is served");
        await bench.UntilAsync(() => File.Exists(Path.Combine(watched, "processed", "file")) || daemon.Said("stay in place for now, and it is tried again every minute", "too many files are open"), "and archived from, or that is told");
        daemon.Runs.ShouldBeTrue(bench.Story());
        daemon.Said("mistake of ours").ShouldBeFalse(bench.Story());
    }
}
