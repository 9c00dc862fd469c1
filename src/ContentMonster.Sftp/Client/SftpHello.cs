using System.Globalization;
using ContentMonster.Sftp.Wire;

namespace ContentMonster.Sftp.Client;

/// <summary>The start of a session: version (draft-ietf-secsh-filexfer-02, section 4) and limits@openssh.com (OpenSSH PROTOCOL, section 4.8).</summary>
internal static class SftpHello
{
    public const byte Version = 3;
    private const string LimitsExtension = "limits@openssh.com";

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

    /// <summary>
    /// Asks for the limits where the server has them and widens the session's writes accordingly. Nobody waits for this: over a satellite the answer
    /// is most of a second away, and until it is there 32 KiB a write are right for every server.
    /// </summary>
    public static async Task<SftpServerFacts> AskLimitsAsync(Session session, IReadOnlyDictionary<string, string> extensions)
    {
        if (!extensions.ContainsKey(LimitsExtension))
            return Facts(extensions, new ServerLimits(0, 0, 0, 0));
        Reply reply = await session.CallAsync(default, ReplyKind.Limits, RequestPackets.Extended("limits@openssh.com"u8), 0, session.Options.HelloPatience, CancellationToken.None).ConfigureAwait(false);
        SftpServerFacts facts = Facts(extensions, reply.Status == SftpStatus.Ok ? (ServerLimits)reply.Value! : new ServerLimits(0, 0, 0, 0));
        lock (session.Gate)
            session.Window.Limit(facts.MaxWriteLength);
        return facts;
    }

    /// <summary>What is known of a server that has said these extensions and limits.</summary>
    public static SftpServerFacts Facts(IReadOnlyDictionary<string, string> extensions, ServerLimits limits) =>
        new(Version, extensions, Clamp(limits.MaxWrite, limits.MaxPacket), Clamp(limits.MaxRead, limits.MaxPacket), (int)Math.Min(limits.MaxOpenHandles, int.MaxValue));

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
