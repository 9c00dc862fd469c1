using ContentMonster.Sftp.Wire;

namespace ContentMonster.Sftp.Client;

/// <summary>Attributes on the wire: draft-ietf-secsh-filexfer-02, section 5.</summary>
internal static class AttributeCodec
{
    public const int MaxEncodedBytes = 32;

    private const uint Size = 0x1;
    private const uint Owner = 0x2;
    private const uint Permissions = 0x4;
    private const uint Times = 0x8;
    private const uint Extended = 0x8000_0000;
    private const int LeastExtensionBytes = 8;
    private const int ModeBits = 0xFFFF;

    public static void Write(ref PacketWriter packet, SftpAttributes attributes)
    {
        packet.UInt32((attributes.SizeInBytes is null ? 0 : Size) | (attributes.UserId is null ? 0 : Owner)
            | (attributes.Mode is null ? 0 : Permissions) | (attributes.ModifiedUnixSeconds is null ? 0 : Times));
        if (attributes.SizeInBytes is long size)
            packet.UInt64((ulong)size);
        if (attributes is { UserId: int user, GroupId: int group })
        {
            packet.UInt32(unchecked((uint)user));
            packet.UInt32(unchecked((uint)group));
        }

        if (attributes.Mode is int mode)
            packet.UInt32((uint)(mode & ModeBits));
        if (attributes.ModifiedUnixSeconds is uint modified)
        {
            packet.UInt32(attributes.AccessedUnixSeconds ?? modified);
            packet.UInt32(modified);
        }
    }

    /// <summary>Says what v3 cannot carry before anything is sent.</summary>
    public static void Check(SftpAttributes attributes)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        if (attributes.UserId is null != attributes.GroupId is null)
            throw new ArgumentException("Could not set one of UserId and GroupId, because SFTP v3 sets both or none: give both.", nameof(attributes));
        if (attributes is { AccessedUnixSeconds: not null, ModifiedUnixSeconds: null })
            throw new ArgumentException("Could not set AccessedUnixSeconds alone, because SFTP v3 sets both times: give ModifiedUnixSeconds too.", nameof(attributes));
        if (attributes.SizeInBytes < 0)
            throw new ArgumentOutOfRangeException(nameof(attributes), "Could not set the size, because it is negative.");
    }

    public static SftpAttributes Read(ref PacketReader packet)
    {
        uint flags = packet.ReadUInt32();
        if ((flags & ~(Size | Owner | Permissions | Times | Extended)) != 0)
            throw new MalformedPacketException($"attribute flags 0x{flags:x} are not those of version 3");
        ulong size = (flags & Size) != 0 ? packet.ReadUInt64() : 0;
        if (size > long.MaxValue)
            throw new MalformedPacketException($"a size of {size} bytes is beyond 2^63");
        uint user = (flags & Owner) != 0 ? packet.ReadUInt32() : 0;
        uint group = (flags & Owner) != 0 ? packet.ReadUInt32() : 0;
        uint mode = (flags & Permissions) != 0 ? packet.ReadUInt32() : 0;
        uint accessed = (flags & Times) != 0 ? packet.ReadUInt32() : 0;
        uint modified = (flags & Times) != 0 ? packet.ReadUInt32() : 0;
        if ((flags & Extended) != 0)
            SkipExtensions(ref packet);
        return new SftpAttributes
        {
            SizeInBytes = (flags & Size) != 0 ? (long)size : null,
            UserId = (flags & Owner) != 0 ? unchecked((int)user) : null,
            GroupId = (flags & Owner) != 0 ? unchecked((int)group) : null,
            Mode = (flags & Permissions) != 0 ? (int)(mode & ModeBits) : null,
            AccessedUnixSeconds = (flags & Times) != 0 ? accessed : null,
            ModifiedUnixSeconds = (flags & Times) != 0 ? modified : null,
        };
    }

    private static void SkipExtensions(ref PacketReader packet)
    {
        int count = packet.ReadCount(LeastExtensionBytes, "attribute extensions");
        for (int i = 0; i < count; i++)
        {
            packet.ReadString(WireLimits.MaxPacket, "attribute extension name");
            packet.ReadString(WireLimits.MaxPacket, "attribute extension data");
        }
    }
}
