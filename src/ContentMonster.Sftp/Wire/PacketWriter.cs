using System.Buffers;
using System.Buffers.Binary;

namespace ContentMonster.Sftp.Wire;

/// <summary>Builds one request in a pooled buffer. The id is left blank: the session gives it when the request joins its table.</summary>
internal ref struct PacketWriter
{
    public const int Header = 9;
    private const int TypeOffset = 4;
    private const int IdOffset = 5;

    private byte[] _buffer;
    private int _length;

    public PacketWriter(PacketType type, int room)
    {
        _buffer = ArrayPool<byte>.Shared.Rent(Header + room);
        _buffer[TypeOffset] = (byte)type;
        _length = Header;
    }

    public static void SetId(in OutgoingPacket packet, uint id) => BinaryPrimitives.WriteUInt32BigEndian(packet.Buffer.AsSpan(IdOffset), id);

    public static uint IdOf(in OutgoingPacket packet) => BinaryPrimitives.ReadUInt32BigEndian(packet.Buffer.AsSpan(IdOffset));

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Append(sizeof(uint)), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Append(sizeof(ulong)), value);

    public void String(ReadOnlySpan<byte> value) => value.CopyTo(Data(value.Length));

    /// <summary>A string whose bytes the caller fills in.</summary>
    public Span<byte> Data(int length) => Data(length, length);

    /// <summary>The head of a string whose bytes the caller fills in; the rest is the packet's tail.</summary>
    public Span<byte> Data(int length, int head)
    {
        UInt32((uint)length);
        return Append(head);
    }

    /// <param name="fileBytes">File bytes of an upload within the packet.</param>
    /// <param name="tail">The packet's end where that is not in the buffer.</param>
    public readonly OutgoingPacket Finish(int fileBytes = 0, FileTail tail = default)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_buffer, (uint)(_length + tail.Length - WireLimits.LengthField));
        return new OutgoingPacket(_buffer, _length, fileBytes, tail);
    }

    /// <summary>Gives the buffer back; the writer is not used after it.</summary>
    public readonly void Drop() => ArrayPool<byte>.Shared.Return(_buffer);

    private Span<byte> Append(int count)
    {
        int needed = checked(_length + count);
        if (needed > _buffer.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(needed);
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        Span<byte> appended = _buffer.AsSpan(_length, count);
        _length = needed;
        return appended;
    }
}
