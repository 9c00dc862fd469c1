using ContentMonster.Sftp.Wire;

namespace ContentMonster.Sftp.Client;

/// <content>
/// Extensions: OpenSSH PROTOCOL, section 4, and draft-ietf-secsh-filexfer-extensions-00. One that the server did not announce is not asked for: the
/// answer is <see cref="SftpStatus.OperationUnsupported"/> at once, or null where the summary says so.
/// </content>
public sealed partial class SftpClient
{
    private const string SyncExtension = "fsync@openssh.com";
    private const string PosixRenameExtension = "posix-rename@openssh.com";
    private const string HardLinkExtension = "hardlink@openssh.com";
    private const string SpaceExtension = "statvfs@openssh.com";
    private const string CopyDataExtension = "copy-data";

    /// <summary>fsync@openssh.com; <paramref name="patience"/> is how long silence is no stall while it runs (never less than the session's own).</summary>
    public async Task SyncAsync(SftpHandle handle, TimeSpan patience, CancellationToken cancellationToken)
    {
        Require(SyncExtension, "make the file durable");
        OutgoingPacket packet = RequestPackets.Extended("fsync@openssh.com"u8, Checked(handle));
        Reply reply = await _session.CallAsync(handle.Path, ReplyKind.Status, packet, 0, patience, cancellationToken).ConfigureAwait(false);
        reply.ThrowUnlessOk("make the file durable");
    }

    /// <summary>posix-rename@openssh.com: replaces the new name in one step.</summary>
    public Task PosixRenameAsync(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> to, CancellationToken cancellationToken)
    {
        Require(PosixRenameExtension, "rename over a file");
        return DoAsync(RequestPackets.Extended("posix-rename@openssh.com"u8, Checked(from), Checked(to)), "rename", from, cancellationToken);
    }

    /// <summary>hardlink@openssh.com: refused (Failure) where the new name is taken.</summary>
    public Task HardLinkAsync(ReadOnlyMemory<byte> existing, ReadOnlyMemory<byte> link, CancellationToken cancellationToken)
    {
        Require(HardLinkExtension, "make a hard link");
        return DoAsync(RequestPackets.Extended("hardlink@openssh.com"u8, Checked(existing), Checked(link)), "make a hard link of", existing, cancellationToken);
    }

    /// <summary>statvfs@openssh.com; null where the server lacks it.</summary>
    public async Task<SftpSpace?> SpaceAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken)
    {
        Checked(path);
        if (!Server.Has(SpaceExtension))
            return null;
        Reply reply = await CallAsync(path, ReplyKind.Space, RequestPackets.Extended("statvfs@openssh.com"u8, path.Span), cancellationToken).ConfigureAwait(false);
        if (reply.Status == SftpStatus.OperationUnsupported)
            return null;
        reply.ThrowUnlessOk("see the free space at", path.Span);
        return (SftpSpace)reply.Value!;
    }

    /// <summary>copy-data (draft-ietf-secsh-filexfer-extensions-00, section 7): the server copies between two of its open files. Bytes; length 0 = to the end.</summary>
    /// <param name="patience">How long silence is no stall while it runs (never less than the session's own).</param>
    public async Task CopyDataAsync(SftpHandle from, long fromOffset, long length, SftpHandle to, long toOffset, TimeSpan patience, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fromOffset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfNegative(toOffset);
        Require(CopyDataExtension, "copy on the server");
        OutgoingPacket packet = RequestPackets.CopyData(Checked(from), fromOffset, length, Checked(to), toOffset);
        Reply reply = await _session.CallAsync(to.Path, ReplyKind.Status, packet, 0, patience, cancellationToken).ConfigureAwait(false);
        reply.ThrowUnlessOk("copy on the server");
    }

    /// <summary>check-file-handle (draft-ietf-secsh-filexfer-extensions-00) with sha256 over one range: 32 bytes, or null where the server lacks it or does not offer sha256.</summary>
    /// <param name="length">Bytes, at least 1.</param>
    /// <param name="patience">How long silence is no stall while it runs (never less than the session's own).</param>
    public async Task<byte[]?> CheckFileAsync(SftpHandle handle, long offset, long length, TimeSpan patience, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        if (!Server.OffersSha256)
            return null;
        OutgoingPacket packet = RequestPackets.CheckFile(Checked(handle), offset, length);
        Reply reply = await _session.CallAsync(handle.Path, ReplyKind.Hash, packet, 0, patience, cancellationToken).ConfigureAwait(false);
        if (reply.Status == SftpStatus.OperationUnsupported)
            return null;
        reply.ThrowUnlessOk("hash the file on the server");
        return (byte[])reply.Value!;
    }
}
