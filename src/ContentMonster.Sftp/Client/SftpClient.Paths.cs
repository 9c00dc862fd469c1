using ContentMonster.Sftp.Wire;

namespace ContentMonster.Sftp.Client;

/// <content>Names: draft-ietf-secsh-filexfer-02, sections 6.5 to 6.7, 6.10 and 6.11.</content>
public sealed partial class SftpClient
{
    /// <summary>A listing that takes this many times the patience is given up, and the session with it.</summary>
    private const int ListPatiences = 60;

    /// <summary>Names of one listing, in bytes: a hundred thousand of 255, the longest on most file systems, and some more.</summary>
    private const long MostListedBytes = 32 << 20;

    /// <summary>The link itself, where it is one; null where there is no such file.</summary>
    public Task<SftpAttributes?> LinkStatAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken) => StatAsync(PacketType.LinkStat, path, cancellationToken);

    /// <summary>Follows links; null where there is no such file.</summary>
    public Task<SftpAttributes?> StatAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken) => StatAsync(PacketType.Stat, path, cancellationToken);

    /// <summary>The attributes of the open file.</summary>
    public async Task<SftpAttributes> HandleStatAsync(SftpHandle handle, CancellationToken cancellationToken)
    {
        OutgoingPacket packet = RequestPackets.Handle(PacketType.HandleStat, Checked(handle));
        Reply reply = await CallAsync(handle.Path, ReplyKind.Attributes, packet, cancellationToken).ConfigureAwait(false);
        reply.ThrowUnlessOk("look at the open file");
        return (SftpAttributes)reply.Value!;
    }

    /// <summary>Sets what is not null; follows links.</summary>
    public Task SetStatAsync(ReadOnlyMemory<byte> path, SftpAttributes attributes, CancellationToken cancellationToken)
    {
        AttributeCodec.Check(attributes);
        return DoAsync(RequestPackets.Path(PacketType.SetStat, Checked(path), attributes), "set the attributes of", path, cancellationToken);
    }

    /// <summary>Sets what is not null on the open file.</summary>
    public async Task SetHandleStatAsync(SftpHandle handle, SftpAttributes attributes, CancellationToken cancellationToken)
    {
        AttributeCodec.Check(attributes);
        OutgoingPacket packet = RequestPackets.Handle(PacketType.SetHandleStat, Checked(handle), attributes);
        Reply reply = await CallAsync(handle.Path, ReplyKind.Status, packet, cancellationToken).ConfigureAwait(false);
        reply.ThrowUnlessOk("set the attributes of the open file");
    }

    /// <summary>Renames; OpenSSH refuses (Failure) where the new name is taken.</summary>
    public Task RenameAsync(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> to, CancellationToken cancellationToken) =>
        DoAsync(RequestPackets.Rename(Checked(from), Checked(to)), "rename", from, cancellationToken);

    /// <summary>Removes a file or a link.</summary>
    public Task RemoveAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken) =>
        DoAsync(RequestPackets.Path(PacketType.Remove, Checked(path)), "remove", path, cancellationToken);

    /// <summary>Removes an empty directory.</summary>
    public Task RemoveDirectoryAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken) =>
        DoAsync(RequestPackets.Path(PacketType.RemoveDirectory, Checked(path)), "remove the directory", path, cancellationToken);

    /// <summary>Makes a directory (permissions are lessened by the server's umask); OpenSSH answers Failure where it is there already.</summary>
    public Task MakeDirectoryAsync(ReadOnlyMemory<byte> path, int? permissions, CancellationToken cancellationToken) =>
        DoAsync(RequestPackets.Path(PacketType.MakeDirectory, Checked(path), new SftpAttributes { Mode = permissions }), "make the directory", path, cancellationToken);

    /// <summary>The path as the server sees it, absolute; "." is where the session begins.</summary>
    public async Task<byte[]> RealPathAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken)
    {
        OutgoingPacket packet = RequestPackets.Path(PacketType.RealPath, Checked(path));
        Reply reply = await CallAsync(path, ReplyKind.Path, packet, cancellationToken).ConfigureAwait(false);
        reply.ThrowUnlessOk("resolve", path.Span);
        return (byte[])reply.Value!;
    }

    /// <summary>The entries of a directory but "." and ".."; at most <paramref name="limit"/> are taken.</summary>
    /// <exception cref="SftpStatusException">NoSuchFile where there is no such directory.</exception>
    public Task<IReadOnlyList<SftpEntry>> ListAsync(ReadOnlyMemory<byte> path, int limit, CancellationToken cancellationToken) =>
        ListAsync(path, limit, static _ => true, limit, cancellationToken);

    /// <summary>Those entries of a directory that are wanted, at most <paramref name="mostKept"/>, of the first <paramref name="limit"/>; the others are not kept in memory.</summary>
    /// <exception cref="SftpStatusException">NoSuchFile where there is no such directory.</exception>
    public async Task<IReadOnlyList<SftpEntry>> ListAsync(ReadOnlyMemory<byte> path, int limit, Predicate<SftpEntry> isWanted, int mostKept, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        SftpHandle directory = await OpenDirectoryAsync(path, cancellationToken).ConfigureAwait(false);
        try
        {
            return await ReadEntriesAsync(directory, path, limit, isWanted, mostKept, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Not awaited where the session is over: the reason is told by what is thrown already.
            if (_session.Broken is null)
                await CloseAsync(directory, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<List<SftpEntry>> ReadEntriesAsync(
        SftpHandle directory, ReadOnlyMemory<byte> path, int limit, Predicate<SftpEntry> isWanted, int mostKept, CancellationToken cancellationToken)
    {
        var entries = new List<SftpEntry>();
        TimeSpan begun = _session.Now;
        int dots = 0;
        int read = 0;
        long bytes = 0;
        while (read < limit && entries.Count < mostKept)
        {
            Reply reply = await CallAsync(path, ReplyKind.Entries, RequestPackets.Handle(PacketType.ReadDirectory, directory.Value), cancellationToken).ConfigureAwait(false);
            if (reply.Status == SftpStatus.Eof)
                break;
            reply.ThrowUnlessOk("list", path.Span);
            foreach (SftpEntry entry in (SftpEntry[])reply.Value!)
            {
                bytes += entry.Name.Length;
                if (entry.Name.AsSpan().SequenceEqual("."u8) || entry.Name.AsSpan().SequenceEqual(".."u8))
                    dots++;
                else if (read++ < limit && entries.Count < mostKept && isWanted(entry))
                    entries.Add(entry);
            }

            if (bytes > MostListedBytes)
                _session.End(new SftpProtocolException($"Could not go on with the session, because the server lists names of more than {MostListedBytes} bytes in one directory."));
            if (dots > 2)
                _session.End(new SftpProtocolException("Could not go on with the session, because the server lists \".\" and \"..\" of one directory again and again."));
            if (_session.Now - begun > _session.Options.Patience * ListPatiences)
                _session.End(new SftpStalledException($"Could not go on with the session, because the server's listing of a directory does not end ({read} entries so far)."));
        }

        return entries;
    }

    private async Task<SftpAttributes?> StatAsync(PacketType type, ReadOnlyMemory<byte> path, CancellationToken cancellationToken)
    {
        Reply reply = await CallAsync(path, ReplyKind.Attributes, RequestPackets.Path(type, Checked(path)), cancellationToken).ConfigureAwait(false);
        if (reply.Status == SftpStatus.NoSuchFile)
            return null;
        reply.ThrowUnlessOk("look at", path.Span);
        return (SftpAttributes)reply.Value!;
    }
}
