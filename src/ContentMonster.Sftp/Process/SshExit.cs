namespace ContentMonster.Sftp.Process;

/// <summary>
/// How an ssh child ended. <paramref name="ErrorText"/> is the last 8 KiB of its standard error, escaped by nobody yet. Code and signal are both
/// null only where the system gave the status to nobody (SIGCHLD ignored by whoever started us).
/// </summary>
public sealed record SshExit(int? ExitCode, int? Signal, string ErrorText);
