using ContentMonster.Daemon.Demo;

namespace ContentMonster.Tests.Servers;

/// <summary>What only tests do to a private server, and ask of it.</summary>
internal static class ThrowawaySshdTroubles
{
    /// <summary>The line for a known_hosts file that tells this server's present key.</summary>
    public static string KnownHostsLine(this ThrowawaySshd sshd)
    {
        string[] parts = File.ReadAllText(sshd.HostKeyFile + ".pub").Split(' ');
        return $"[127.0.0.1]:{sshd.Port} {parts[0]} {parts[1].Trim()}\n";
    }

    /// <summary>One process of the server for each connection (not the unprivileged one that some have below it, nor the commands).</summary>
    public static IReadOnlyList<int> SessionPids(this ThrowawaySshd sshd) => [.. sshd.Sessions().Where(sshd.IsOfListener).Select(found => found.ProcessId)];

    /// <summary>Every connection breaks; the listener and the commands below the sessions are left alone.</summary>
    public static void KillSessions(this ThrowawaySshd sshd) => ProcessTree.Kill(sshd.Sessions());

    /// <summary>A new host key, in force after the restart that this does.</summary>
    public static async Task ChangeHostKeyAsync(this ThrowawaySshd sshd, CancellationToken cancellationToken)
    {
        await sshd.StopAsync();
        File.Delete(sshd.HostKeyFile);
        File.Delete(sshd.HostKeyFile + ".pub");
        await ThrowawaySshd.MakeKeyAsync(sshd.HostKeyFile, passphrase: "", cancellationToken);
        await sshd.RestartAsync(cancellationToken);
    }
}
