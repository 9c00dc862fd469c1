namespace ContentMonster.Sftp.Client;

public enum SftpFileType
{
    Unknown,
    Regular,
    Directory,
    SymbolicLink,
    Other,
}
