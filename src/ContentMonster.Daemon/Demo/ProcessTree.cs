using System.Globalization;
using System.Runtime.InteropServices;

namespace ContentMonster.Daemon.Demo;

/// <summary>A process as it was seen; <paramref name="Started"/> tells it from a later one with the same id.</summary>
internal sealed record SeenProcess(int ProcessId, int Parent, string Name, string Started);

/// <summary>Who descends from whom, from /proc; empty where there is none.</summary>
internal static partial class ProcessTree
{
    private const int StartedField = 19;
    private const int KillSignal = 9;

    /// <summary>All living descendants, parents before children.</summary>
    public static IReadOnlyList<SeenProcess> DescendantsOf(int ancestor)
    {
        ILookup<int, SeenProcess> children = All().ToLookup(found => found.Parent);
        List<SeenProcess> descendants = [.. children[ancestor]];
        for (int i = 0; i < descendants.Count; i++)
        {
            descendants.AddRange(children[descendants[i].ProcessId]);
        }

        return descendants;
    }

    /// <summary>Whether it is still there, by whatever name and parent.</summary>
    public static bool Lives(SeenProcess process) => Look(process.ProcessId)?.Started == process.Started;

    /// <summary>Ends those that are still there, at once. Not by Process.Kill: where an ended child of ours had the same id, that takes the process for the child and does nothing.</summary>
    public static void Kill(IEnumerable<SeenProcess> processes)
    {
        foreach (SeenProcess found in processes.Where(Lives))
        {
            _ = SendSignal(found.ProcessId, KillSignal);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int number);

    private static IEnumerable<SeenProcess> All() => !Directory.Exists("/proc/self") ? [] : Directory.EnumerateDirectories("/proc")
        .Select(directory => int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? Look(pid) : null)
        .OfType<SeenProcess>();

    private static SeenProcess? Look(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return null; // It ended between the listing and the reading.
        }

        // "PID (NAME) STATE PPID ...": the name may hold anything, so it ends at the last parenthesis.
        int open = stat.IndexOf('(', StringComparison.Ordinal);
        int close = stat.LastIndexOf(')');
        string[] rest = stat[(close + 2)..].Split(' ');
        return rest[0] is "Z" or "X" ? null : new SeenProcess(pid, int.Parse(rest[1], CultureInfo.InvariantCulture), stat[(open + 1)..close], rest[StartedField]);
    }
}
