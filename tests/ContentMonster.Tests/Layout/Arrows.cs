namespace ContentMonster.Tests.Layout;

/// <summary>The picture of the house: which room may name which. A room is the first folder below its project.</summary>
internal static class Arrows
{
    private static readonly string[] Leaves = ["Model", "Configuration", "Diagnostics"];

    private static readonly Dictionary<string, string[]> Drawn = new(StringComparer.Ordinal)
    {
        ["Model"] = [],
        ["Configuration"] = ["Model"],
        ["Diagnostics"] = ["Model"],
        ["Shore"] = ["Model"],
        ["Planning"] = [.. Leaves],
        ["Ledger"] = [.. Leaves],
        ["Watching"] = [.. Leaves, "Ledger", "Shore"],
        ["Archiving"] = [.. Leaves, "Ledger", "Planning", "Shore"],
        ["Vessels"] = [.. Leaves, "Planning", "Shore", "Sftp.Client", "Sftp.Process"],
        ["Delivering"] = [.. Leaves, "Ledger", "Planning", "Vessels", "Shore"],
        ["Sftp.Wire"] = [],
        ["Sftp.Process"] = [],
        ["Sftp.Client"] = ["Sftp.Wire", "Sftp.Process"],
    };

    public static IEnumerable<string> Rooms => Drawn.Keys;

    public static bool Allows(string from, string to)
    {
        if (from == to || (IsDaemon(from) && (IsDaemon(to) || !to.StartsWith("Sftp", StringComparison.Ordinal))))
        {
            return true;
        }

        // The executable is ssh's askpass program, too, and the demonstration starts a server as the library starts ssh.
        return from is "Daemon" or "Daemon.Demo" ? to == "Sftp.Process" : Drawn.TryGetValue(from, out string[]? targets) && targets.Contains(to, StringComparer.Ordinal);
    }

    private static bool IsDaemon(string room) => room == "Daemon" || room.StartsWith("Daemon.", StringComparison.Ordinal);
}
