using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;

namespace ContentMonster.Sftp.Process;

// Implementation notes
//
// sock_diag(7): the kernel answers questions about sockets over netlink, those of other processes included, to everybody in the same network
// namespace. So it does not matter who opened the connection, and whether we have a descriptor of it.
//
// The kernel answers while it is asked, before sendto returns (and goes on with a listing while it is read), so nothing here ever waits.
// The layouts (linux/netlink.h, linux/sock_diag.h, linux/inet_diag.h) are in the machine's own byte order, ports and addresses aside.

/// <summary>Asks the kernel about TCP connections of this machine.</summary>
internal static unsafe class SocketDiagnosis
{
    /// <summary>The part of an answer that names the socket, its cookie included: a question with it is about that very socket or fails.</summary>
    private const int NameLength = 48;

    private const int Netlink = 16;
    private const int RawCloseOnExec = 0x80003;
    private const int SocketDiagnosisProtocol = 4;
    private const int DoNotWait = 0x40;
    private const ushort ByFamily = 20;
    private const ushort Done = 3;
    private const ushort Request = 1;
    private const ushort RequestListing = 0x301;
    private const int HeaderLength = 16;
    private const int QuestionLength = HeaderLength + 8 + NameLength;
    private const int AnswerLength = 4 + NameLength + 20;
    private const int InodeAt = 4 + NameLength + 16;
    private const byte Internet = 2;
    private const byte Internet6 = 10;
    private const byte Tcp = 6;
    private const byte ExtensionInfo = 2;
    private const byte ExtensionCongestion = 4;
    private const uint Established = 1 << 1;
    private const int RoomInBytes = 32 << 10;

    /// <summary>The name of the established connection to this port (0: any) that has one of these inodes; null: none of them is TCP, or the kernel does not tell.</summary>
    public static byte[]? Find(IReadOnlySet<uint> inodes, int remotePort)
    {
        return FindOne(Internet, inodes, remotePort) ?? FindOne(Internet6, inodes, remotePort);
    }

    /// <summary>Our address and the other side's in a name from <see cref="Find"/> (linux/inet_diag.h, struct inet_diag_sockid: two ports, then 16 bytes for each address).</summary>
    public static (IPAddress From, IPEndPoint To) EndsIn(ReadOnlySpan<byte> familyAndName)
    {
        int length = familyAndName[0] == Internet ? 4 : 16;
        ReadOnlySpan<byte> name = familyAndName[1..];
        return (Plain(name.Slice(4, length)), new IPEndPoint(Plain(name.Slice(20, length)), BinaryPrimitives.ReadUInt16BigEndian(name[2..])));
    }

    private static IPAddress Plain(ReadOnlySpan<byte> bytes)
    {
        var address = new IPAddress(bytes);
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    /// <summary>What the kernel counts for the connection with a name from <see cref="Find"/>; null: it is gone, or the kernel does not tell.</summary>
    public static TcpFacts? Read(ReadOnlySpan<byte> familyAndName)
    {
        Span<byte> question = stackalloc byte[QuestionLength];
        familyAndName[1..].CopyTo(Begin(question, familyAndName[0], Request));
        TcpFacts? facts = null;
        Ask(question, answer => facts = Facts(answer[AnswerLength..]));
        return facts;
    }

    private static byte[]? FindOne(byte family, IReadOnlySet<uint> inodes, int remotePort)
    {
        Span<byte> question = stackalloc byte[QuestionLength];
        Span<byte> name = Begin(question, family, RequestListing);
        BinaryPrimitives.WriteUInt16BigEndian(name[2..], (ushort)remotePort);
        byte[]? found = null;
        Ask(question, answer =>
        {
            if (inodes.Contains(MemoryMarshal.Read<uint>(answer[InodeAt..])))
            {
                // The family stands before the name: the next question needs it too.
                found = [family, .. answer.Slice(4, NameLength)];
            }
        });
        return found;
    }

    private static Span<byte> Begin(Span<byte> question, byte family, ushort flags)
    {
        question.Clear();
        uint length = QuestionLength;
        MemoryMarshal.Write(question, in length);
        ushort type = ByFamily;
        MemoryMarshal.Write(question[4..], in type);
        MemoryMarshal.Write(question[6..], in flags);
        question[HeaderLength] = family;
        question[HeaderLength + 1] = Tcp;
        question[HeaderLength + 2] = flags == Request ? (byte)((1 << (ExtensionInfo - 1)) | (1 << (ExtensionCongestion - 1))) : (byte)0;
        uint states = Established;
        MemoryMarshal.Write(question[(HeaderLength + 4)..], in states);
        return question[(HeaderLength + 8)..];
    }

    private static TcpFacts? Facts(ReadOnlySpan<byte> attributes)
    {
        ReadOnlySpan<byte> info = default;
        string? congestion = null;
        while (attributes.Length >= 4)
        {
            ushort length = MemoryMarshal.Read<ushort>(attributes);
            ushort type = MemoryMarshal.Read<ushort>(attributes[2..]);
            if (length < 4 || length > attributes.Length)
            {
                break;
            }

            ReadOnlySpan<byte> value = attributes[4..length];
            if (type == ExtensionInfo)
            {
                info = value;
            }
            else if (type == ExtensionCongestion)
            {
                congestion = Encoding.ASCII.GetString(value).TrimEnd('\0');
            }

            attributes = attributes[Math.Min(attributes.Length, (length + 3) & ~3)..];
        }

        return TcpInfoLayout.Read(info, congestion);
    }

    private delegate void Answered(ReadOnlySpan<byte> answer);

    private static void Ask(ReadOnlySpan<byte> question, Answered answered)
    {
        int socket = Posix.OpenSocket(Netlink, RawCloseOnExec, SocketDiagnosisProtocol);
        if (socket < 0)
        {
            return; // A sandbox without netlink: nothing is known then.
        }

        byte[] room = ArrayPool<byte>.Shared.Rent(RoomInBytes);
        try
        {
            fixed (byte* bytes = question)
            {
                if (Posix.Send(socket, bytes, (nuint)question.Length, 0) != question.Length)
                {
                    return;
                }
            }

            while (Receive(socket, room) is > 0 and int count && Each(room.AsSpan(0, count), answered))
            {
                // Until the end of the listing, or of the one answer.
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(room);
            _ = Posix.Close(socket);
        }
    }

    private static int Receive(int socket, byte[] room)
    {
        fixed (byte* bytes = room)
        {
            return (int)Posix.Receive(socket, bytes, (nuint)room.Length, DoNotWait);
        }
    }

    // False: there is no more to come.
    private static bool Each(ReadOnlySpan<byte> messages, Answered answered)
    {
        while (messages.Length >= HeaderLength)
        {
            uint length = MemoryMarshal.Read<uint>(messages);
            ushort type = MemoryMarshal.Read<ushort>(messages[4..]);
            if (type is Done or not ByFamily || length < HeaderLength + AnswerLength || length > messages.Length)
            {
                return false;
            }

            answered(messages[HeaderLength..(int)length]);
            messages = messages[(int)Math.Min(messages.Length, (length + 3) & ~3u)..];
        }

        return true;
    }
}
