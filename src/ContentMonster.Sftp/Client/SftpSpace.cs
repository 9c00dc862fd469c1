namespace ContentMonster.Sftp.Client;

/// <summary>statvfs: sizes in bytes; FileSystemId tells file systems of one server apart.</summary>
public sealed record SftpSpace(long BlockSize, long TotalBytes, long AvailableBytes, long AvailableFiles, ulong FileSystemId, bool ReadOnly, int NameMax);
