using System.Buffers.Binary;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Wire;
using ContentMonster.Tests.Client;

namespace ContentMonster.Tests.Fuzzing;

/// <summary>What the hostile peer answers, and what it truly acknowledged.</summary>
internal sealed class HostileReplies(Random chance, int oneMutationIn)
{
    private static readonly (string, string)[] Extensions =
    [
        ("limits@openssh.com", "1"), ("posix-rename@openssh.com", "1"), ("statvfs@openssh.com", "2"), ("hardlink@openssh.com", "1"), ("fsync@openssh.com", "1"),
        ("copy-data", "1"), ("check-file-handle", "md5,sha256"),
    ];

    private static readonly ulong[] Numbers = [0, 1, 1_023, 1_024, 32_768, 261_120, 262_144, int.MaxValue, uint.MaxValue, long.MaxValue, ulong.MaxValue];

    private readonly Lock _gate = new();

    // Guarded by _gate: where the writes lie that were answered with Ok, by their offset.
    private readonly Dictionary<ulong, int> _acknowledged = [];
    private int _handles;

    /// <summary>Something was said that no sound server says; from here on only the client's own safety is judged.</summary>
    public bool IsMutated { get; private set; }

    public bool IsSilent { get; private set; }

    public bool HangsUp { get; private set; }

    /// <summary>Bytes from the offset on that were acknowledged without a gap.</summary>
    public long AcknowledgedFrom(ulong offset)
    {
        lock (_gate)
        {
            long total = 0;
            while (_acknowledged.TryGetValue(offset + (ulong)total, out int length))
            {
                total += length;
            }

            return total;
        }
    }

    public IEnumerable<byte[]> To(byte[] request)
    {
        var type = (PacketType)request[0];
        uint id = BinaryPrimitives.ReadUInt32BigEndian(request.AsSpan(1));
        byte[] sound = type == PacketType.Init ? ScriptedPeer.Version(3, [.. Extensions.Where(_ => !chance.OneIn(4))]) : Sound(type, id, request.AsSpan(5));
        if (!chance.OneIn(oneMutationIn))
        {
            return [sound];
        }

        IsMutated = true;
        return new Mutation(chance).Of(sound, id, silent: () => IsSilent = true, hangUp: () => HangsUp = true);
    }

    private byte[] Sound(PacketType type, uint id, ReadOnlySpan<byte> body)
    {
        if (type != PacketType.Write && chance.OneIn(12))
        {
            return Refusal(id);
        }

        switch (type)
        {
            case PacketType.Open or PacketType.OpenDirectory:
                return ScriptedPeer.Handle(id, Interlocked.Increment(ref _handles) + new string('h', chance.Next(240)));
            case PacketType.Read:
                uint asked = BinaryPrimitives.ReadUInt32BigEndian(body[^4..]);
                return ScriptedPeer.Reply(PacketType.Data, id, new Body().String(chance.Bytes(chance.Next(1, (int)Math.Min(asked, 3_000) + 1))));
            case PacketType.Stat or PacketType.LinkStat or PacketType.HandleStat:
                return ScriptedPeer.Reply(PacketType.Attributes, id, Attributes(new Body()));
            case PacketType.ReadDirectory:
                return chance.OneIn(8) ? ScriptedPeer.Status(id, SftpStatus.Eof) : ScriptedPeer.Reply(PacketType.Name, id, Names(chance.Next(1, 12)));
            case PacketType.RealPath:
                return ScriptedPeer.Reply(PacketType.Name, id, Names(1));
            case PacketType.Write:
                return Write(id, body);
            case PacketType.Extended:
                return Extended(id, body);
            default:
                return ScriptedPeer.Status(id, SftpStatus.Ok);
        }
    }

    private byte[] Write(uint id, ReadOnlySpan<byte> body)
    {
        if (chance.OneIn(200))
        {
            return Refusal(id);
        }

        var fields = new PacketReader(body);
        fields.ReadString(WireLimits.MaxHandle, "handle");
        ulong offset = fields.ReadUInt64();
        int length = fields.ReadString(WireLimits.MaxPacket, "data").Length;
        lock (_gate)
        {
            _acknowledged[offset] = length;
        }

        return ScriptedPeer.Status(id, SftpStatus.Ok);
    }

    private byte[] Extended(uint id, ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> name = new PacketReader(body).ReadString(WireLimits.MaxPacket, "name");
        if (name.SequenceEqual("limits@openssh.com"u8))
        {
            return ScriptedPeer.Reply(PacketType.ExtendedReply, id, Many(4));
        }

        if (name.SequenceEqual("statvfs@openssh.com"u8))
        {
            return ScriptedPeer.Reply(PacketType.ExtendedReply, id, Many(11));
        }

        return name.SequenceEqual("check-file-handle"u8)
            ? ScriptedPeer.Reply(PacketType.ExtendedReply, id, new Body().String("sha256").Bytes(chance.Bytes(32)))
            : ScriptedPeer.Status(id, SftpStatus.Ok);
    }

    private byte[] Refusal(uint id) => ScriptedPeer.Reply(
        PacketType.Status, id, new Body().UInt32(chance.OneIn(8) ? (uint)chance.Next() : (uint)chance.Next(2, 9)).String(chance.Bytes(chance.Next(60))).String(""));

    private Body Many(int count)
    {
        var body = new Body();
        for (int i = 0; i < count; i++)
        {
            body.UInt64(chance.Of(Numbers));
        }

        return body;
    }

    private Body Names(int count)
    {
        var body = new Body().UInt32((uint)count);
        for (int i = 0; i < count; i++)
        {
            Attributes(body.String(chance.FileName()).String(chance.Bytes(chance.Next(20))));
        }

        return body;
    }

    private Body Attributes(Body body)
    {
        uint flags = (uint)chance.Next(16);
        body.UInt32(flags);
        _ = (flags & 1) != 0 ? body.UInt64((ulong)chance.NextInt64()) : body;
        _ = (flags & 2) != 0 ? body.UInt64((ulong)chance.NextInt64()) : body;
        _ = (flags & 4) != 0 ? body.UInt32((uint)chance.Next()) : body;
        return (flags & 8) != 0 ? body.UInt64((ulong)chance.NextInt64()) : body;
    }
}
