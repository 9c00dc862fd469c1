namespace ContentMonster.Sftp.Client;

/// <summary>Status codes of draft-ietf-secsh-filexfer-02, section 7. Codes of later drafts count as <see cref="Failure"/>; the message tells the number.</summary>
public enum SftpStatus
{
    Ok = 0,
    Eof = 1,
    NoSuchFile = 2,
    PermissionDenied = 3,
    Failure = 4,
    BadMessage = 5,
    NoConnection = 6,
    ConnectionLost = 7,
    OperationUnsupported = 8,
}
