using System.Globalization;
using ContentMonster.Sftp.Wire;

namespace ContentMonster.Sftp.Client;

/// <summary>The start of a session: version (draft-ietf-secsh-filexfer-02, section 4) and limits@openssh.com (OpenSSH PROTOCOL, section 4.8).</summary>
internal static class SftpHello
{
    public const byte Version = 3;
    private const string LimitsExtension = "limits@openssh.com";
    private const int PromptShareOfPatience = 4;

    public static IReadOnlyDictionary<string, string> ReadVersion(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var packet = new PacketReader(bytes);
            byte type = packet.ReadByte();
            if (type != (byte)PacketType.Version)
                throw new MalformedPacketException($"a packet of type {type} came where the version is due");
            uint version = packet.ReadUInt32();
            if (version != Version)
                throw new SftpProtocolException(string.Create(CultureInfo.InvariantCulture, $"Could not begin a session, because the server speaks SFTP version {version} and only version {Version} is spoken here: let the server offer version {Version}."));
            return ReadExtensions(ref packet);
        }
        catch (MalformedPacketException trouble)
        {
            throw new SftpProtocolException($"Could not begin a session, because the server's first packet is malformed: {trouble.Message}.");
        }
    }

    /// <summary>Asks for the limits where the server has them, and sets the session's window accordingly.</summary>
    public static async Task<SftpServerFacts> FinishAsync(Session session, IReadOnlyDictionary<string, string> extensions, CancellationToken cancellationToken)
    {
        var limits = new ServerLimits(0, 0, 0, 0);
        if (extensions.ContainsKey(LimitsExtension))
        {
            Reply reply = await session.CallAsync(ReplyKind.Limits, RequestPackets.Extended("limits@openssh.com"u8), 0, session.Options.HelloPatience, cancellationToken).ConfigureAwait(false);
            if (reply.Status == SftpStatus.Ok)
                limits = (ServerLimits)reply.Value!;
        }

        int maxWrite = Clamp(limits.MaxWrite, limits.MaxPacket);
        lock (session.Gate)
            session.Window = new UploadWindow(maxWrite, session.Options.Patience / PromptShareOfPatience);
        return new SftpServerFacts(Version, extensions, maxWrite, Clamp(limits.MaxRead, limits.MaxPacket), (int)Math.Min(limits.MaxOpenHandles, int.MaxValue));
    }

    /// <summary>A server may say 0 for "nothing in particular", and has been seen to say 2^64-1.</summary>
    public static int Clamp(ulong transfer, ulong packet)
    {
        ulong said = transfer == 0 ? WireLimits.DefaultTransfer : transfer;
        if (packet != 0)
            said = Math.Min(said, packet > WireLimits.MinTransfer ? packet - WireLimits.MinTransfer : 0);
        return (int)Math.Clamp(said, WireLimits.MinTransfer, WireLimits.MaxTransfer);
    }

    private static Dictionary<string, string> ReadExtensions(ref PacketReader packet)
    {
        var extensions = new Dictionary<string, string>(StringComparer.Ordinal);
        while (packet.Remaining > 0)
        {
            string name = Escaped.Text(packet.ReadString(WireLimits.MaxPacket, "extension name"));
            string data = Escaped.Text(packet.ReadString(WireLimits.MaxPacket, "extension data"));
            extensions[name] = data;
            if (extensions.Count > WireLimits.MaxExtensions)
                throw new MalformedPacketException($"more than {WireLimits.MaxExtensions} extensions are announced");
        }

        return extensions;
    }
}
