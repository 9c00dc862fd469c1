using System.Security.Cryptography;
using ContentMonster.Ledger;
using ContentMonster.Vessels;

namespace ContentMonster.Daemon.Hosting;

/// <summary>What takes long to load and is needed soon is loaded beside the rest of the start, on another core.</summary>
internal static class HeadStart
{
    /// <summary>What cannot be loaded is told by whoever needs it.</summary>
    public static void Begin()
    {
        _ = Task.Run(SshVessel.Prepare);
        _ = Task.Run(static () => SHA256.HashData([])); // OpenSSL
        _ = Task.Run(LedgerConnection.Load);
    }
}
