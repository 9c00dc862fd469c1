namespace ContentMonster.Sftp.Client;

/// <summary>What a script printed on its standard output (stderr is merged only where the script says so) and its exit status.</summary>
public sealed record ShellResult(int ExitStatus, byte[] Output);
