using System.Globalization;

namespace ContentMonster.Daemon.Demo;

/// <summary>Who descends from whom, from /proc; empty where there is none.</summary>
internal static class ProcessTree
{
    /// <summary>All living descendants with the names of their programs, parents before children.</summary>
    public static IReadOnlyList<(int ProcessId, string Name)> DescendantsOf(int ancestor)
    {
        ILookup<int, (int ProcessId, string Name)> children = All().ToLookup(found => found.Parent, found => (found.ProcessId, found.Name));
        List<(int ProcessId, string Name)> descendants = [.. children[ancestor]];
        for (int i = 0; i < descendants.Count; i++)
        {
            descendants.AddRange(children[descendants[i].ProcessId]);
        }

        return descendants;
    }

    public static IReadOnlyList<int> ChildrenOf(int parent) => [.. All().Where(found => found.Parent == parent).Select(found => found.ProcessId)];

    private static IEnumerable<(int ProcessId, int Parent, string Name)> All()
    {
        if (!Directory.Exists("/proc/self"))
        {
            yield break;
        }

        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && Read(directory) is { } stat)
            {
                // "PID (NAME) STATE PPID ...": the name may hold anything, so it ends at the last parenthesis.
                int open = stat.IndexOf('(', StringComparison.Ordinal);
                int close = stat.LastIndexOf(')');
                string[] rest = stat[(close + 2)..].Split(' ');
                if (rest[0] is not "Z" and not "X")
                {
                    yield return (pid, int.Parse(rest[1], CultureInfo.InvariantCulture), stat[(open + 1)..close]);
                }
            }
        }
    }

    private static string? Read(string directory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, "stat"));
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return null; // It ended between the listing and the reading.
        }
    }
}
