namespace ContentMonster.Sftp.Client;

/// <summary>One SFTP v3 session (draft-ietf-secsh-filexfer-02) over a byte stream, any number of requests in flight.</summary>
public sealed class SftpClient : IAsyncDisposable
{
    /// <summary>What the server said of itself at the start.</summary>
    public SftpServerFacts Server => throw new NotSupportedException();

    /// <summary>Why the session ended, or null while it lives. Kept once and told to every later caller.</summary>
    public Exception? Broken => throw new NotSupportedException();

    /// <summary>Completes (never faults) when the session has ended for whatever reason.</summary>
    public Task Ended => throw new NotSupportedException();

    /// <summary>File bytes written by <see cref="UploadAsync"/> and acknowledged by the server in this session.</summary>
    public long BytesAcknowledged => throw new NotSupportedException();

    /// <summary>File bytes handed to the transport by <see cref="UploadAsync"/> in this session.</summary>
    public long BytesSent => throw new NotSupportedException();

    /// <summary>Smallest time from request to reply seen in this session.</summary>
    public TimeSpan RoundTrip => throw new NotSupportedException();

    public static Task<SftpClient> ConnectAsync(Stream transport, SftpOptions options, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<SftpHandle> OpenAsync(ReadOnlyMemory<byte> path, SftpOpenModes modes, int? permissions, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<SftpHandle> OpenDirectoryAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task CloseAsync(SftpHandle handle, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Sends a range of a local file, pipelined within the session's window; <paramref name="acknowledged"/> is told the bytes that are acknowledged without a gap from the start of the range. On failure everything up to the last number told is safe.</summary>
    public Task UploadAsync(SftpHandle handle, IUploadSource source, long sourceOffset, long remoteOffset, long length, Action<long>? acknowledged, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task WriteAsync(SftpHandle handle, long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Bytes read, 0 at the end of the file.</summary>
    public Task<int> ReadAsync(SftpHandle handle, long offset, Memory<byte> buffer, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Null where there is no such file.</summary>
    public Task<SftpAttributes?> LinkStatAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Follows links; null where there is no such file.</summary>
    public Task<SftpAttributes?> StatAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<SftpAttributes> HandleStatAsync(SftpHandle handle, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SetStatAsync(ReadOnlyMemory<byte> path, SftpAttributes attributes, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SetHandleStatAsync(SftpHandle handle, SftpAttributes attributes, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>fsync@openssh.com; <paramref name="patience"/> is how long silence is no stall while it runs.</summary>
    public Task SyncAsync(SftpHandle handle, TimeSpan patience, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RenameAsync(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> to, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task PosixRenameAsync(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> to, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task HardLinkAsync(ReadOnlyMemory<byte> existing, ReadOnlyMemory<byte> link, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RemoveAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RemoveDirectoryAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task MakeDirectoryAsync(ReadOnlyMemory<byte> path, int? permissions, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<byte[]> RealPathAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>The entries of a directory but "." and ".."; at most <paramref name="limit"/> are taken.</summary>
    public Task<IReadOnlyList<SftpEntry>> ListAsync(ReadOnlyMemory<byte> path, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>statvfs@openssh.com; null where the server lacks it.</summary>
    public Task<SftpSpace?> SpaceAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>copy-data (draft-ietf-secsh-filexfer-extensions-00): the server copies between two of its open files. Length 0 = to the end.</summary>
    public Task CopyDataAsync(SftpHandle from, long fromOffset, long length, SftpHandle to, long toOffset, TimeSpan patience, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>check-file-handle with sha256 over one range; null where the server lacks it or does not offer sha256.</summary>
    public Task<byte[]?> CheckFileAsync(SftpHandle handle, long offset, long length, TimeSpan patience, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => throw new NotSupportedException();
}
