using ContentMonster.Sftp.Wire;

namespace ContentMonster.Sftp.Client;

/// <summary>The requests, as draft-ietf-secsh-filexfer-02, section 6, and OpenSSH PROTOCOL, section 4, lay them out.</summary>
internal static class RequestPackets
{
    private const int Fixed = 64;

    public static OutgoingPacket Path(PacketType type, ReadOnlySpan<byte> path) => Strings(type, path);

    public static OutgoingPacket Path(PacketType type, ReadOnlySpan<byte> path, SftpAttributes attributes)
    {
        var packet = new PacketWriter(type, path.Length + Fixed);
        packet.String(path);
        AttributeCodec.Write(ref packet, attributes);
        return packet.Finish();
    }

    public static OutgoingPacket Open(ReadOnlySpan<byte> path, SftpOpenModes modes, SftpAttributes attributes)
    {
        var packet = new PacketWriter(PacketType.Open, path.Length + Fixed);
        packet.String(path);
        packet.UInt32((uint)modes);
        AttributeCodec.Write(ref packet, attributes);
        return packet.Finish();
    }

    public static OutgoingPacket Handle(PacketType type, ReadOnlySpan<byte> handle) => Strings(type, handle);

    public static OutgoingPacket Handle(PacketType type, ReadOnlySpan<byte> handle, SftpAttributes attributes) => Path(type, handle, attributes);

    public static OutgoingPacket Rename(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to) => Strings(PacketType.Rename, from, to);

    public static OutgoingPacket Read(ReadOnlySpan<byte> handle, long offset, int length)
    {
        var packet = new PacketWriter(PacketType.Read, handle.Length + Fixed);
        packet.String(handle);
        packet.UInt64((ulong)offset);
        packet.UInt32((uint)length);
        return packet.Finish();
    }

    public static OutgoingPacket Write(ReadOnlySpan<byte> handle, long offset, ReadOnlySpan<byte> data)
    {
        var packet = new PacketWriter(PacketType.Write, handle.Length + data.Length + Fixed);
        packet.String(handle);
        packet.UInt64((ulong)offset);
        packet.String(data);
        return packet.Finish();
    }

    public static OutgoingPacket Extended(ReadOnlySpan<byte> name) => Strings(PacketType.Extended, name);

    public static OutgoingPacket Extended(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Strings(PacketType.Extended, name, value);

    public static OutgoingPacket Extended(ReadOnlySpan<byte> name, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var packet = new PacketWriter(PacketType.Extended, name.Length + first.Length + second.Length + Fixed);
        packet.String(name);
        packet.String(first);
        packet.String(second);
        return packet.Finish();
    }

    public static OutgoingPacket CopyData(ReadOnlySpan<byte> from, long fromOffset, long length, ReadOnlySpan<byte> to, long toOffset)
    {
        var packet = new PacketWriter(PacketType.Extended, from.Length + to.Length + Fixed);
        packet.String("copy-data"u8);
        packet.String(from);
        packet.UInt64((ulong)fromOffset);
        packet.UInt64((ulong)length);
        packet.String(to);
        packet.UInt64((ulong)toOffset);
        return packet.Finish();
    }

    public static OutgoingPacket CheckFile(ReadOnlySpan<byte> handle, long offset, long length)
    {
        var packet = new PacketWriter(PacketType.Extended, handle.Length + Fixed);
        packet.String("check-file-handle"u8);
        packet.String(handle);
        packet.String("sha256"u8);
        packet.UInt64((ulong)offset);
        packet.UInt64((ulong)length);
        packet.UInt32(0); // One hash over the whole range.
        return packet.Finish();
    }

    private static OutgoingPacket Strings(PacketType type, ReadOnlySpan<byte> only)
    {
        var packet = new PacketWriter(type, only.Length + Fixed);
        packet.String(only);
        return packet.Finish();
    }

    private static OutgoingPacket Strings(PacketType type, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var packet = new PacketWriter(type, first.Length + second.Length + Fixed);
        packet.String(first);
        packet.String(second);
        return packet.Finish();
    }
}
