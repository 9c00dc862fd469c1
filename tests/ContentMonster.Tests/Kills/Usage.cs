using System.Globalization;
using ContentMonster.Daemon.Demo;

namespace ContentMonster.Tests.Kills;

/// <summary>What a process holds at one moment, from /proc.</summary>
internal sealed record Usage(long MemoryInKiB, long Handles, long Threads, long Children)
{
    public static IReadOnlyList<(string What, Func<Usage, long> Of)> All { get; } =
    [
        ("memory in KiB", static usage => usage.MemoryInKiB), ("handles", static usage => usage.Handles),
        ("threads", static usage => usage.Threads), ("children", static usage => usage.Children),
    ];

    /// <summary>What comes and goes by chance: a connection more or less.</summary>
    public static double Grain(string what) => what == "memory in KiB" ? 4096 : 8;

    /// <summary>Null: it has ended.</summary>
    public static Usage? Of(int pid)
    {
        try
        {
            Dictionary<string, string> status = File.ReadLines($"/proc/{pid}/status").Select(line => line.Split(':', 2))
                .Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1].Trim(), StringComparer.Ordinal);
            long memory = long.Parse(status["RssAnon"].Split(' ')[0], CultureInfo.InvariantCulture);
            return new Usage(
                memory, Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Count(), long.Parse(status["Threads"], CultureInfo.InvariantCulture), ProcessTree.DescendantsOf(pid).Count);
        }
        catch (Exception ended) when (ended is IOException or UnauthorizedAccessException or KeyNotFoundException)
        {
            return null;
        }
    }
}
