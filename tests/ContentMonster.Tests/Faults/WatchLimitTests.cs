using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>The kernel gives no more watches: said with the name of the setting, and scans find what events do not tell.</summary>
public sealed class WatchLimitTests
{
    [Fact]
    public async Task Past_the_limit_of_watches_the_setting_is_named_and_scans_find_the_files()
    {
        // A user namespace has a limit of its own (namespaces(7)): the machine's stays as it is.
        string[] limited = ["unshare", "--user", "--map-root-user", "sh", "-c", "echo 3 > /proc/sys/user/max_inotify_watches && exec \"$@\"", "sh"];
        Assert.SkipUnless(Posix.Succeeds(limited[0], [.. limited[1..], "true"]), "User namespaces are not to be had.");
        await using FaultBench bench = await FaultBench.WithVesselAsync();
        Directory.CreateDirectory(bench.Shore);
        foreach (int number in Enumerable.Range(0, 10))
        {
            Directory.CreateDirectory(Path.Combine(bench.Shore, $"dir{number}"));
        }

        RunningDaemon daemon = bench.Start(under: limited);
        await bench.UntilAsync(() => daemon.Said("the system's limit of watches is reached", "fs.inotify.max_user_watches"), "the limit is named");
        string[] names = [.. Enumerable.Range(0, 10).Select(number => $"dir{number}/file")];
        foreach (string name in names)
        {
            await File.WriteAllTextAsync(Path.Combine(bench.Shore, name), name, FaultBench.Token);
        }

        await bench.UntilAsync(() => names.All(name => File.Exists(Path.Combine(bench.Vessel().Inbox, name))), "scans find all");
        await bench.UntilAsync(() => names.All(name => File.Exists(Path.Combine(bench.Shore, "processed", name))), "and all are archived");
    }
}
