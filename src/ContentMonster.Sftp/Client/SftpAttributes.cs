namespace ContentMonster.Sftp.Client;

/// <summary>Attributes as far as they are known (null = not said, or not to be set). Times in whole seconds since 1970 UTC.</summary>
public sealed record SftpAttributes
{
    public long? SizeInBytes { get; init; }

    /// <summary>Set only together with <see cref="GroupId"/>. Ids above 2^31-1 show as negative numbers of the same bits.</summary>
    public int? UserId { get; init; }

    public int? GroupId { get; init; }

    /// <summary>Type and permission bits as in st_mode.</summary>
    public int? Mode { get; init; }

    /// <summary>Set only together with <see cref="ModifiedUnixSeconds"/>; where that alone is given, both become it (v3 has one flag for the two).</summary>
    public uint? AccessedUnixSeconds { get; init; }

    public uint? ModifiedUnixSeconds { get; init; }

    public SftpFileType Type => Mode is not int mode ? SftpFileType.Unknown : (mode & 0xF000) switch
    {
        0x8000 => SftpFileType.Regular,
        0x4000 => SftpFileType.Directory,
        0xA000 => SftpFileType.SymbolicLink,
        _ => SftpFileType.Other,
    };
}
