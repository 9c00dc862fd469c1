namespace ContentMonster.Daemon.Demo;

/// <summary>A private OpenSSH server as a vessel whose logins, SFTP and shell alike, begin in a folder of the demonstration.</summary>
internal sealed class SshdVessel : IDemoVessel
{
    private readonly ThrowawaySshd _sshd;

    private SshdVessel(ThrowawaySshd sshd) => _sshd = sshd;

    public int Port => _sshd.Port;

    public string ClientKeyFile => _sshd.ClientKeyFile;

    public static async Task<IDemoVessel> StartAsync(string home, CancellationToken cancellationToken)
    {
        string quoted = $"'{home.Replace("'", "'\\''", StringComparison.Ordinal)}'";
        var options = new ThrowawaySshdOptions { ConfigLines = [$"ForceCommand cd {quoted} && HOME={quoted} exec sh -c \"$SSH_ORIGINAL_COMMAND\""] };
        return new SshdVessel(await ThrowawaySshd.StartAsync(options, cancellationToken));
    }

    public ValueTask DisposeAsync() => _sshd.DisposeAsync();
}
