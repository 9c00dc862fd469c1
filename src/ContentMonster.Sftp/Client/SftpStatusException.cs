namespace ContentMonster.Sftp.Client;

/// <summary>The server answered a request with a failure; the session goes on.</summary>
public sealed class SftpStatusException(SftpStatus status, string message) : IOException(message)
{
    public SftpStatus Status { get; } = status;
}
