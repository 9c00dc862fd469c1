namespace ContentMonster.Sftp.Client;

/// <summary>Where upload bytes come from. Called from the session's own tasks, one call at a time for one upload.</summary>
public interface IUploadSource
{
    /// <summary>Fills the buffer from the offset; returns the bytes read, less than asked only at the end of the source.</summary>
    int Read(long offset, Span<byte> buffer);
}

/// <summary>Limits the rate of what is sent; shared by all sessions of one vessel.</summary>
public interface IUploadThrottle
{
    ValueTask TakeAsync(int bytes, CancellationToken cancellationToken);
}

public sealed record SftpOptions
{
    /// <summary>Silence with requests pending that ends the session. At least 1 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Deadline from the first byte sent to the server's version and limits.</summary>
    public TimeSpan HelloPatience { get; init; } = TimeSpan.FromSeconds(30);

    public IUploadThrottle? Throttle { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>An open file or directory on the server, good for the session that opened it.</summary>
public sealed class SftpHandle
{
    internal SftpHandle(byte[] value) => Value = value;

    internal byte[] Value { get; }
}

[Flags]
public enum SftpOpenModes { None = 0, Read = 1, Write = 2, Append = 4, Create = 8, Truncate = 16, Exclusive = 32 }

public enum SftpFileType { Unknown, Regular, Directory, SymbolicLink, Other }

/// <summary>Attributes as far as they are known (null = not said, or not to be set). Times in whole seconds since 1970 UTC.</summary>
public sealed record SftpAttributes
{
    public long? SizeInBytes { get; init; }
    public int? UserId { get; init; }
    public int? GroupId { get; init; }
    /// <summary>Type and permission bits as in st_mode.</summary>
    public int? Mode { get; init; }
    public uint? AccessedUnixSeconds { get; init; }
    public uint? ModifiedUnixSeconds { get; init; }
    public SftpFileType Type => Mode is not int mode ? SftpFileType.Unknown : (mode & 0xF000) switch { 0x8000 => SftpFileType.Regular, 0x4000 => SftpFileType.Directory, 0xA000 => SftpFileType.SymbolicLink, _ => SftpFileType.Other };
}

public sealed record SftpEntry(byte[] Name, SftpAttributes Attributes);

/// <summary>statvfs: sizes in bytes; FileSystemId tells file systems of one server apart.</summary>
public sealed record SftpSpace(long BlockSize, long TotalBytes, long AvailableBytes, long AvailableFiles, ulong FileSystemId, bool ReadOnly, int NameMax);

/// <summary>What the server said at the start.</summary>
/// <param name="Extensions">Names as sent (fsync@openssh.com ...), with their data.</param>
public sealed record SftpServerFacts(int Version, IReadOnlyDictionary<string, string> Extensions, int MaxWriteLength, int MaxReadLength, int MaxOpenHandles)
{
    public bool Has(string extension) => Extensions.ContainsKey(extension);
}

public enum SftpStatus { Ok = 0, Eof = 1, NoSuchFile = 2, PermissionDenied = 3, Failure = 4, BadMessage = 5, NoConnection = 6, ConnectionLost = 7, OperationUnsupported = 8 }

/// <summary>The server answered a request with a failure; the session goes on.</summary>
public sealed class SftpStatusException(SftpStatus status, string message) : IOException(message)
{
    public SftpStatus Status { get; } = status;
}

/// <summary>The session is over: transport closed or failed.</summary>
public class SftpConnectionException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>The session was ended by us: requests pending and no byte for <see cref="SftpOptions.Patience"/>.</summary>
public sealed class SftpStalledException(string message) : SftpConnectionException(message);

/// <summary>The session was ended by us: what came is not SFTP v3 or contradicts itself.</summary>
public sealed class SftpProtocolException(string message) : SftpConnectionException(message);
