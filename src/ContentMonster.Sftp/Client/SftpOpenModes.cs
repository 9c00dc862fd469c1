namespace ContentMonster.Sftp.Client;

/// <summary>How a file is opened; the bits of SSH_FXF_* in draft-ietf-secsh-filexfer-02, section 6.3.</summary>
[Flags]
public enum SftpOpenModes
{
    None = 0,
    Read = 1,
    Write = 2,
    Append = 4,
    Create = 8,
    Truncate = 16,
    Exclusive = 32,
}
