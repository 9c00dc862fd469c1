using System.Buffers.Binary;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Wire;

namespace ContentMonster.Bench;

/// <summary>A whole STATUS packet with the words of OpenSSH's sftp-server.</summary>
internal static class StatusReply
{
    private const int IdOffset = 5;

    // Length, type, id, code, text, language.
    private static readonly byte[] Success = [0, 0, 0, 24, (byte)PacketType.Status, 0, 0, 0, 0, 0, 0, 0, (byte)SftpStatus.Ok, 0, 0, 0, 7, .. "Success"u8, 0, 0, 0, 0];

    public static int Length => Success.Length;

    public static byte[] Ok(uint id)
    {
        byte[] reply = new byte[Length];
        WriteOk(reply, id);
        return reply;
    }

    public static void WriteOk(Span<byte> reply, uint id)
    {
        Success.CopyTo(reply);
        BinaryPrimitives.WriteUInt32BigEndian(reply[IdOffset..], id);
    }
}
