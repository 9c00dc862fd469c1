using ContentMonster.Model;

namespace ContentMonster.Vessels;

/// <summary>What `check` says about congestion control: what is in use, why, and how to have bbr.</summary>
/// <param name="Wanted">The setting CongestionControl.</param>
/// <param name="InUse">What the kernel says of the connection; null: it does not tell.</param>
/// <param name="OfSystem">The system's own choice; null: not told.</param>
/// <param name="Available">Loaded in the kernel.</param>
/// <param name="AllowedToAll">Free for every user.</param>
/// <param name="ThroughOther">The connection is another program's (jump host, ProxyCommand).</param>
internal sealed record CongestionReport(
    string Wanted, SocketPlan Plan, string? InUse, string? OfSystem, IReadOnlyList<string> Available, IReadOnlyList<string> AllowedToAll, bool ThroughOther)
{
    private const string What = "congestion";
    private const string Manual = "docs/operating.md, \"Allowing bbr\", says how to keep it";

    public VesselFinding Finding()
    {
        string setting = $"CongestionControl = {DisplayText.Escape(Wanted)}";
        string own = Shown(InUse ?? OfSystem);
        if (ThroughOther)
        {
            return new(What, FindingGrade.Good, $"{Shown(OfSystem)}, as the first hop is not ours to choose: {Plan.Shortfall ?? "ssh goes through another program"} ({setting})");
        }

        if (Plan.Algorithm is { } chosen && (InUse is null || InUse == chosen))
        {
            return new(What, FindingGrade.Good, $"{chosen}, chosen for each connection ({setting}){ForRootOnly(chosen)}");
        }

        if (Plan.Shortfall is null)
        {
            string reason = Wanted == SocketPlan.Off ? "ssh opens the connections" : "the vessel is this machine";
            return new(What, FindingGrade.Good, $"{own}, the system's own: {reason} ({setting})");
        }

        return Wanted is SocketPlan.Auto or SocketPlan.Bbr
            ? new(What, FindingGrade.Doubtful, $"{own}, the system's own, because {Plan.Shortfall} ({setting}). On links that lose packets bbr is many times faster. {HowToAllow(SocketPlan.Bbr)}")
            : new(What, FindingGrade.Doubtful, $"{own}, the system's own, because {Plan.Shortfall} ({setting}). {HowToAllow(Wanted)}");
    }

    private string ForRootOnly(string algorithm) => AllowedToAll.Count == 0 || AllowedToAll.Contains(algorithm, StringComparer.Ordinal)
        ? ""
        : $". It is free for root only, and the daemon may run as another user. {HowToAllow(algorithm)}";

    private string HowToAllow(string algorithm)
    {
        if (AllowedToAll.Count == 0)
        {
            return $"This system does not show net.ipv4.tcp_allowed_congestion_control (a container?): {DisplayText.Escape(algorithm)} is allowed on its host.";
        }

        string load = Available.Contains(algorithm, StringComparer.Ordinal) ? "" : $"`modprobe tcp_{algorithm}` and ";
        return $"As root, {load}`sysctl -w net.ipv4.tcp_allowed_congestion_control=\"{string.Join(' ', AllowedToAll.Append(algorithm).Distinct(StringComparer.Ordinal))}\"`; {Manual}.";
    }

    private static string Shown(string? algorithm) => algorithm is null ? "not known" : DisplayText.Escape(algorithm);
}
