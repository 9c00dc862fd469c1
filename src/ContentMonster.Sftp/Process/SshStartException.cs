namespace ContentMonster.Sftp.Process;

/// <summary>The program could not be started at all: not installed, not executable, no more processes or descriptors.</summary>
public sealed class SshStartException(string program, int errorNumber, string reason)
    : IOException(errorNumber == Posix.ErrorTooManyFiles
        ? $"Could not start {program}, because too many files are open. Raise LimitNOFILE of the systemd unit, or `ulimit -n` (soft and hard) where there is none."
        : $"Could not start {program}, because: {reason}. Check that it is installed and on PATH.")
{
    /// <summary>The system's errno, or 0 where there was none.</summary>
    public int ErrorNumber { get; } = errorNumber;
}
