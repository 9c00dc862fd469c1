using System.Buffers;
using ContentMonster.Sftp.Wire;

namespace ContentMonster.Sftp.Client;

/// <summary>Turns one reply into a value; what does not fit the request ends the session.</summary>
internal static class ReplyDecoder
{
    private const int LeastEntryBytes = 12;
    private const int MaxAlgorithmName = 64;
    private const int Sha256Bytes = 32;
    private const uint ReadOnlyFlag = 1;

    /// <param name="body">The packet after its id.</param>
    /// <param name="asked">Most bytes of data the request allows.</param>
    /// <exception cref="SftpProtocolException">Whatever is wrong with it, and nothing else.</exception>
    public static Reply Decode(ReplyKind kind, PacketType type, ReadOnlySpan<byte> body, int asked)
    {
        try
        {
            var packet = new PacketReader(body);
            Reply reply = type == PacketType.Status ? ReadStatus(kind, ref packet) : ReadValue(kind, type, ref packet, asked);
            packet.End();
            return reply;
        }
        catch (MalformedPacketException trouble)
        {
            throw new SftpProtocolException($"Could not go on with the session, because the server's reply to a request for {kind} is malformed: {trouble.Message}.");
        }
    }

    private static Reply ReadStatus(ReplyKind kind, ref PacketReader packet)
    {
        uint code = packet.ReadUInt32();
        string text = "";

        // Servers of the older drafts send the code alone.
        if (packet.Remaining > 0)
        {
            ReadOnlySpan<byte> said = packet.ReadString(WireLimits.MaxPacket, "status text");
            if (code != (uint)SftpStatus.Ok)
                text = Escaped.Text(said[..Math.Min(said.Length, WireLimits.MaxStatusText)]);
        }

        if (packet.Remaining > 0)
            packet.ReadString(WireLimits.MaxPacket, "language tag");
        if (code == (uint)SftpStatus.Ok && kind != ReplyKind.Status)
            throw new MalformedPacketException("it says Ok and gives nothing");
        return code <= (uint)SftpStatus.OperationUnsupported
            ? new Reply((SftpStatus)code, text)
            : new Reply(SftpStatus.Failure, $"status {code} {text}".TrimEnd());
    }

    private static Reply ReadValue(ReplyKind kind, PacketType type, ref PacketReader packet, int asked) => (kind, type) switch
    {
        (ReplyKind.Handle, PacketType.Handle) => ReadHandle(ref packet),
        (ReplyKind.Data, PacketType.Data) => ReadData(ref packet, asked),
        (ReplyKind.Path, PacketType.Name) => ReadPath(ref packet),
        (ReplyKind.Entries, PacketType.Name) => ReadEntries(ref packet),
        (ReplyKind.Attributes, PacketType.Attributes) => Reply.Of(AttributeCodec.Read(ref packet)),
        (ReplyKind.Limits, PacketType.ExtendedReply) => ReadLimits(ref packet),
        (ReplyKind.Space, PacketType.ExtendedReply) => ReadSpace(ref packet),
        (ReplyKind.Hash, PacketType.ExtendedReply) => ReadHash(ref packet),
        _ => throw new MalformedPacketException($"a packet of type {(byte)type} is no answer to it"),
    };

    private static Reply ReadHandle(ref PacketReader packet)
    {
        ReadOnlySpan<byte> handle = packet.ReadString(WireLimits.MaxHandle, "handle");
        return handle.IsEmpty ? throw new MalformedPacketException("the handle is empty") : Reply.Of(handle.ToArray());
    }

    private static Reply ReadData(ref PacketReader packet, int asked)
    {
        ReadOnlySpan<byte> data = packet.ReadString(asked, "data");
        if (data.IsEmpty)
            throw new MalformedPacketException("the data is empty and the end of a file is told by a status");
        packet.End();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(data.Length);
        data.CopyTo(buffer);
        return Reply.Of(buffer, data.Length);
    }

    private static Reply ReadPath(ref PacketReader packet)
    {
        int count = packet.ReadCount(LeastEntryBytes, "names");
        if (count != 1)
            throw new MalformedPacketException($"{count} names came where one path was asked for");
        byte[] path = packet.ReadString(WireLimits.MaxPath, "path").ToArray();
        packet.ReadString(WireLimits.MaxPacket, "long name");
        AttributeCodec.Read(ref packet);
        return Reply.Of(path);
    }

    private static Reply ReadEntries(ref PacketReader packet)
    {
        int count = packet.ReadCount(LeastEntryBytes, "names");
        if (count == 0)
            throw new MalformedPacketException("no names came and the end of a directory is told by a status");
        var entries = new SftpEntry[count];
        for (int i = 0; i < count; i++)
        {
            byte[] name = packet.ReadString(WireLimits.MaxEntryName, "name").ToArray();
            packet.ReadString(WireLimits.MaxPacket, "long name");
            entries[i] = new SftpEntry(name, AttributeCodec.Read(ref packet));
        }

        return Reply.Of(entries);
    }

    private static Reply ReadLimits(ref PacketReader packet) =>
        Reply.Of(new ServerLimits(packet.ReadUInt64(), packet.ReadUInt64(), packet.ReadUInt64(), packet.ReadUInt64()));

    // OpenSSH PROTOCOL, section 4.4: eleven numbers of statvfs, in its order.
    private static Reply ReadSpace(ref PacketReader packet)
    {
        ulong blockSize = packet.ReadUInt64();
        ulong fragment = packet.ReadUInt64();
        ulong blocks = packet.ReadUInt64();
        packet.ReadUInt64();
        ulong available = packet.ReadUInt64();
        ulong files = packet.ReadUInt64();
        packet.ReadUInt64();
        ulong availableFiles = packet.ReadUInt64();

        // btrfs and others make inodes as they need them and say that there are none at all: that is not a full disk.
        availableFiles = files == 0 ? long.MaxValue : availableFiles;
        ulong fileSystem = packet.ReadUInt64();
        ulong flags = packet.ReadUInt64();
        ulong nameMax = packet.ReadUInt64();
        ulong unit = fragment != 0 ? fragment : blockSize;
        return Reply.Of(new SftpSpace(Fit(blockSize), Fit((UInt128)blocks * unit), Fit((UInt128)available * unit), Fit(availableFiles), fileSystem,
            (flags & ReadOnlyFlag) != 0, (int)Math.Min(nameMax, int.MaxValue)));
    }

    private static long Fit(UInt128 number) => number > (UInt128)long.MaxValue ? long.MaxValue : (long)number;

    // Servers differ in whether they repeat the extension's name and in whether they give the hash a length.
    private static Reply ReadHash(ref PacketReader packet)
    {
        ReadOnlySpan<byte> algorithm = packet.ReadString(MaxAlgorithmName, "hash algorithm");
        if (algorithm.SequenceEqual("check-file"u8))
            algorithm = packet.ReadString(MaxAlgorithmName, "hash algorithm");
        if (!algorithm.SequenceEqual("sha256"u8))
            throw new MalformedPacketException($"it is made with \"{Escaped.Text(algorithm)}\" and sha256 was asked for");
        if (packet.Remaining == Sha256Bytes + WireLimits.LengthField && packet.ReadUInt32() != Sha256Bytes)
            throw new MalformedPacketException("the length of its hash is not that of sha256");
        return packet.Remaining == Sha256Bytes
            ? Reply.Of(packet.ReadRest().ToArray())
            : throw new MalformedPacketException($"{packet.Remaining} bytes of hash came and sha256 has {Sha256Bytes}");
    }
}
