namespace ContentMonster.Tests.Support;

/// <summary>Whether a process runs (a zombie does not).</summary>
internal static class Alive
{
    public static bool Is(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not 'Z' and not 'X';
        }
        catch (IOException)
        {
            return false;
        }
    }

    public static bool IsKnown(int pid) => Directory.Exists($"/proc/{pid}");
}
