namespace ContentMonster.Sftp.Process;

/// <summary>What askpass may answer with; shown nowhere.</summary>
public sealed class SshSecrets(string? password, string? passphrase)
{
    internal string? Password { get; } = password;
    internal string? Passphrase { get; } = passphrase;
    public override string ToString() => "***";
}
