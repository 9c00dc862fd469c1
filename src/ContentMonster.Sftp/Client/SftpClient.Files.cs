using System.Buffers;
using ContentMonster.Sftp.Wire;

namespace ContentMonster.Sftp.Client;

/// <content>Open files: draft-ietf-secsh-filexfer-02, sections 6.3 to 6.4, 6.8 and 6.9.</content>
public sealed partial class SftpClient
{
    /// <summary>Opens a file. <paramref name="permissions"/> (07777 bits, lessened by the server's umask) matter where it is made; null leaves them to the server.</summary>
    public async Task<SftpHandle> OpenAsync(ReadOnlyMemory<byte> path, SftpOpenModes modes, int? permissions, CancellationToken cancellationToken)
    {
        OutgoingPacket packet = RequestPackets.Open(Checked(path), modes, new SftpAttributes { Mode = permissions });
        Reply reply = await CallAsync(path, ReplyKind.Handle, packet, cancellationToken).ConfigureAwait(false);
        reply.ThrowUnlessOk("open", path.Span);
        return new SftpHandle((byte[])reply.Value!, _session, path);
    }

    /// <summary>Opens a directory for <see cref="CloseAsync(SftpHandle, CancellationToken)"/> and listing; to make it durable open it as a file for reading instead.</summary>
    public async Task<SftpHandle> OpenDirectoryAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken)
    {
        OutgoingPacket packet = RequestPackets.Path(PacketType.OpenDirectory, Checked(path));
        Reply reply = await CallAsync(path, ReplyKind.Handle, packet, cancellationToken).ConfigureAwait(false);
        reply.ThrowUnlessOk("open the directory", path.Span);
        return new SftpHandle((byte[])reply.Value!, _session, path);
    }

    /// <summary>Closes after the last write in flight is answered. Always done to the end: a cancellation only ends the wait for it.</summary>
    /// <exception cref="ObjectDisposedException">It was closed before.</exception>
    public Task CloseAsync(SftpHandle handle, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(handle);
        Task idle = Task.CompletedTask;
        lock (_session.Gate)
        {
            handle.ThrowIfNotOf(_session);
            handle.Closed = true;
            if (handle.WritesInFlight > 0 && _session.Broken is null)
            {
                handle.Idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                idle = handle.Idle.Task;
            }
        }

        return CloseIdleAsync(handle, idle).WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Sends a range of a local file, pipelined within the session's window; <paramref name="acknowledged"/> is told the bytes that are acknowledged
    /// without a gap from the start of the range. On failure everything up to the last number told is safe.
    /// </summary>
    /// <param name="length">Bytes, 0 or more; 0 does nothing.</param>
    /// <param name="acknowledged">Called on the session's receive loop: it must be quick, and is not called after the task has completed. What it throws fails the upload.</param>
    /// <exception cref="EndOfStreamException">The source gave less than asked for: it shrank.</exception>
    /// <exception cref="SftpStatusException">The server refused a write. What was in flight then has been answered.</exception>
    public Task UploadAsync(SftpHandle handle, IUploadSource source, long sourceOffset, long remoteOffset, long length, Action<long>? acknowledged, CancellationToken cancellationToken)
    {
        Checked(handle);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegative(sourceOffset);
        ArgumentOutOfRangeException.ThrowIfNegative(remoteOffset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled(cancellationToken);
        return length == 0 ? Task.CompletedTask : new Upload(_session, handle, source, sourceOffset, remoteOffset, length, acknowledged).RunAsync(cancellationToken);
    }

    /// <summary>Writes a few bytes, outside of the uploads' window; more than the server takes at once goes in pieces, one after another.</summary>
    public async Task WriteAsync(SftpHandle handle, long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        int most = Server.MaxWriteLength;
        for (int written = 0; written < data.Length; written += most)
        {
            ReadOnlyMemory<byte> piece = data.Slice(written, Math.Min(data.Length - written, most));
            OutgoingPacket packet = RequestPackets.Write(Checked(handle), offset + written, piece.Span);
            Reply reply = await CallAsync(handle.Path, ReplyKind.Status, packet, cancellationToken).ConfigureAwait(false);
            reply.ThrowUnlessOk("write to the file");
        }
    }

    /// <summary>Bytes read, 0 at the end of the file; fewer than asked for is no sign of the end.</summary>
    public async Task<int> ReadAsync(SftpHandle handle, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        int asked = Math.Min(buffer.Length, Server.MaxReadLength);
        Checked(handle);
        if (asked == 0)
            return 0;
        OutgoingPacket packet = RequestPackets.Read(Checked(handle), offset, asked);
        Reply reply = await _session.CallAsync(handle.Path, ReplyKind.Data, packet, asked, _session.Options.Patience, cancellationToken).ConfigureAwait(false);
        if (reply.Status == SftpStatus.Eof)
            return 0;
        reply.ThrowUnlessOk("read the file");
        byte[] data = (byte[])reply.Value!;
        data.AsSpan(0, reply.Length).CopyTo(buffer.Span);
        ArrayPool<byte>.Shared.Return(data);
        return reply.Length;
    }

    private async Task CloseIdleAsync(SftpHandle handle, Task idle)
    {
        // A server may give the same handle bytes to the next file it opens: a late write must not reach that one.
        await idle.ConfigureAwait(false);
        Reply reply = await CallAsync(handle.Path, ReplyKind.Status, RequestPackets.Handle(PacketType.Close, handle.Value), CancellationToken.None).ConfigureAwait(false);
        reply.ThrowUnlessOk("close the file");
    }
}
