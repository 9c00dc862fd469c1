using System.Buffers.Binary;
using System.Text;

namespace ContentMonster.Tests.Client;

/// <summary>The fields of a packet, one after another.</summary>
internal sealed class Body
{
    private readonly List<byte> _bytes = [];

    public Body UInt32(uint value)
    {
        var field = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(field, value);
        return Bytes(field);
    }

    public Body UInt64(ulong value)
    {
        var field = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(field, value);
        return Bytes(field);
    }

    public Body String(string value) => String(Encoding.UTF8.GetBytes(value));

    public Body String(byte[] value) => UInt32((uint)value.Length).Bytes(value);

    public Body Bytes(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public byte[] ToArray() => [.. _bytes];
}
