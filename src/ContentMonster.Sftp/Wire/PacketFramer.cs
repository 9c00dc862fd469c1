using System.Buffers;
using System.Buffers.Binary;

namespace ContentMonster.Sftp.Wire;

/// <summary>Cuts a byte stream into packets; a length out of bounds is refused before anything waits for that many bytes.</summary>
internal static class PacketFramer
{
    public static bool TryTake(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> packet)
    {
        packet = default;
        if (buffer.Length < WireLimits.LengthField)
            return false;
        Span<byte> field = stackalloc byte[WireLimits.LengthField];
        buffer.Slice(0, WireLimits.LengthField).CopyTo(field);
        uint length = BinaryPrimitives.ReadUInt32BigEndian(field);
        if (length is < WireLimits.MinPacket or > WireLimits.MaxPacket)
            throw new MalformedPacketException($"a packet of {length} bytes is announced and {WireLimits.MinPacket} to {WireLimits.MaxPacket} are allowed");
        if (buffer.Length - WireLimits.LengthField < length)
            return false;
        packet = buffer.Slice(WireLimits.LengthField, length);
        buffer = buffer.Slice(packet.End);
        return true;
    }
}
