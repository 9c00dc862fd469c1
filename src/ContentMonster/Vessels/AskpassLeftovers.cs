using ContentMonster.Sftp.Process;

namespace ContentMonster.Vessels;

/// <summary>What daemons that were killed while they connected left on the shore.</summary>
internal static class AskpassLeftovers
{
    /// <summary>Removes it, and tells how many.</summary>
    public static int Sweep() => AskpassLitter.Sweep();
}
