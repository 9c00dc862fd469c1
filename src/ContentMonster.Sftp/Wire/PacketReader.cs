using System.Buffers.Binary;

namespace ContentMonster.Sftp.Wire;

/// <summary>Reads one packet's fields; throws nothing but <see cref="MalformedPacketException"/>, whatever the bytes are.</summary>
internal ref struct PacketReader(ReadOnlySpan<byte> packet)
{
    private ReadOnlySpan<byte> _rest = packet;

    public readonly int Remaining => _rest.Length;

    public byte ReadByte() => Take(1)[0];

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(sizeof(uint)));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64BigEndian(Take(sizeof(ulong)));

    /// <summary>A length and that many bytes, which stay where they are.</summary>
    public ReadOnlySpan<byte> ReadString(int limit, string field)
    {
        uint length = ReadUInt32();
        if (length > (uint)_rest.Length)
            throw new MalformedPacketException($"the {field} is said to have {length} bytes and the packet has {_rest.Length} left");
        if (length > (uint)limit)
            throw new MalformedPacketException($"the {field} has {length} bytes and {limit} are allowed");
        return Take((int)length);
    }

    /// <summary>A count of things of which each takes at least some bytes of this packet.</summary>
    public int ReadCount(int leastBytesEach, string things)
    {
        uint count = ReadUInt32();
        if (count > (uint)(_rest.Length / leastBytesEach))
            throw new MalformedPacketException($"{count} {things} are announced in {_rest.Length} bytes");
        return (int)count;
    }

    public ReadOnlySpan<byte> ReadRest() => Take(_rest.Length);

    public readonly void End()
    {
        if (!_rest.IsEmpty)
            throw new MalformedPacketException($"{_rest.Length} bytes follow its end");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
            throw new MalformedPacketException($"it ends {count - _rest.Length} bytes too early");
        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
