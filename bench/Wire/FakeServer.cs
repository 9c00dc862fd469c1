using System.Buffers.Binary;
using System.Net.Sockets;
using ContentMonster.Sftp.Wire;

namespace ContentMonster.Bench;

/// <summary>
/// Answers at once and keeps nothing. It has a thread and buffers of its own, and allocates nothing once it runs: what is counted is the client's.
/// </summary>
internal sealed class FakeServer
{
    private const int BodyOffset = 9;
    private const int MaxWrite = 255 * 1_024;

    private readonly Socket _socket;
    private readonly Thread _thread;
    private readonly byte[] _packet = new byte[WireLimits.MaxPacket + WireLimits.LengthField];
    private readonly byte[] _reply = new byte[128];

    public FakeServer(Socket socket)
    {
        _socket = socket;
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>WRITEs so far.</summary>
    public long Writes { get; private set; }

    public void Join() => _thread.Join();

    private void Serve()
    {
        using (_socket)
        {
            while (Fill(_packet.AsSpan(0, WireLimits.LengthField)))
            {
                int length = BinaryPrimitives.ReadInt32BigEndian(_packet);
                if (!Fill(_packet.AsSpan(WireLimits.LengthField, length)))
                    return;
                Send(_reply.AsSpan(0, Answer()));
            }
        }
    }

    private int Answer()
    {
        uint id = BinaryPrimitives.ReadUInt32BigEndian(_packet.AsSpan(BodyOffset - sizeof(uint)));
        switch ((PacketType)_packet[WireLimits.LengthField])
        {
            case PacketType.Init:
                return Finish(Begin(PacketType.Version, 3).Text("limits@openssh.com"u8).Text("1"u8));
            case PacketType.Extended:
                return Finish(Begin(PacketType.ExtendedReply, id).Number(WireLimits.MaxPacket).Number(MaxWrite).Number(MaxWrite).Number(0));
            case PacketType.Open:
                return Finish(Begin(PacketType.Handle, id).Text([0, 0, 0, 0]));
            case PacketType.Write:
                Writes++;
                break;
        }

        StatusReply.WriteOk(_reply, id);
        return StatusReply.Length;
    }

    private Fields Begin(PacketType type, uint id)
    {
        _reply[WireLimits.LengthField] = (byte)type;
        BinaryPrimitives.WriteUInt32BigEndian(_reply.AsSpan(BodyOffset - sizeof(uint)), id);
        return new Fields(_reply.AsSpan(BodyOffset));
    }

    private int Finish(Fields body)
    {
        int length = BodyOffset + body.Length;
        BinaryPrimitives.WriteInt32BigEndian(_reply, length - WireLimits.LengthField);
        return length;
    }

    private bool Fill(Span<byte> wanted)
    {
        while (!wanted.IsEmpty)
        {
            int got = _socket.Receive(wanted, SocketFlags.None, out SocketError _);
            if (got <= 0)
                return false;
            wanted = wanted[got..];
        }

        return true;
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int sent = _socket.Send(bytes, SocketFlags.None, out SocketError trouble);
            if (trouble != SocketError.Success)
                return;
            bytes = bytes[sent..];
        }
    }

    private ref struct Fields(Span<byte> room)
    {
        private readonly Span<byte> _room = room;

        public int Length { get; private set; }

        public Fields Text(ReadOnlySpan<byte> text)
        {
            BinaryPrimitives.WriteInt32BigEndian(_room[Length..], text.Length);
            text.CopyTo(_room[(Length + sizeof(int))..]);
            Length += sizeof(int) + text.Length;
            return this;
        }

        public Fields Number(ulong number)
        {
            BinaryPrimitives.WriteUInt64BigEndian(_room[Length..], number);
            Length += sizeof(ulong);
            return this;
        }
    }
}
