using System.Buffers.Binary;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Wire;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Client;

/// <summary>The server's end of a session in memory, which says exactly what the test says.</summary>
internal sealed class ScriptedPeer : IAsyncDisposable
{
    public static readonly SftpOptions Quick = new() { Patience = TimeSpan.FromSeconds(10), HelloPatience = TimeSpan.FromSeconds(30) };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly MemoryLink _link = new();

    public SftpClient Client { get; private set; } = null!;

    public Stream Near => _link.Near;

    public Stream Far => _link.Far;

    public static async Task<ScriptedPeer> ConnectedAsync(SftpOptions? options = null, params (string Name, string Data)[] extensions)
    {
        var peer = new ScriptedPeer();
        Task<SftpClient> connecting = peer.ConnectAsync(options);
        (await peer.ReceiveAsync()).Type.ShouldBe(PacketType.Init);
        await peer.SendAsync(Version(3, extensions));
        peer.Client = await connecting;
        return peer;
    }

    public Task<SftpClient> ConnectAsync(SftpOptions? options = null) => SftpClient.ConnectAsync(Near, options ?? Quick, CancellationToken.None);

    public async Task<(PacketType Type, uint Id, byte[] Body)> ReceiveAsync()
    {
        var length = new byte[4];
        await Far.ReadExactlyAsync(length).AsTask().WaitAsync(Patience, TimeProvider.System);
        var packet = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        await Far.ReadExactlyAsync(packet).AsTask().WaitAsync(Patience, TimeProvider.System);
        return ((PacketType)packet[0], BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(1)), packet[5..]);
    }

    public async Task SendAsync(byte[] bytes)
    {
        await Far.WriteAsync(bytes);
        await Far.FlushAsync();
    }

    public static byte[] Version(uint version, params (string Name, string Data)[] extensions)
    {
        var body = new Body().UInt32(version);
        foreach ((string name, string data) in extensions)
            body.String(name).String(data);
        return Raw(PacketType.Version, body.ToArray());
    }

    public static byte[] Reply(PacketType type, uint id, Body body) => Raw(type, [.. new Body().UInt32(id).ToArray(), .. body.ToArray()]);

    public static byte[] Status(uint id, SftpStatus status, string text = "") => Reply(PacketType.Status, id, new Body().UInt32((uint)status).String(text).String(""));

    public static byte[] Handle(uint id, string handle = "h") => Reply(PacketType.Handle, id, new Body().String(handle));

    public static byte[] Raw(PacketType type, byte[] rest) => [.. new Body().UInt32((uint)rest.Length + 1).ToArray(), (byte)type, .. rest];

    /// <summary>Lets the client open a file; every answer of a peer that is <paramref name="away"/> is to be so late.</summary>
    public async Task<SftpHandle> OpenAsync(string handle = "h", TimeSpan away = default)
    {
        Task<SftpHandle> opening = Client.OpenAsync("file"u8.ToArray(), SftpOpenModes.Write, null, CancellationToken.None);
        (PacketType type, uint id, _) = await ReceiveAsync();
        type.ShouldBe(PacketType.Open);
        await Task.Delay(away, TimeProvider.System);
        await SendAsync(Handle(id, handle));
        return await opening;
    }

    public async ValueTask DisposeAsync()
    {
        if (Client is not null)
            await Client.DisposeAsync();
        await Far.DisposeAsync();
        await Near.DisposeAsync();
    }
}
