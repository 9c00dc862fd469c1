using System.Net.Sockets;
using System.Text;

namespace ContentMonster.Tests.Hosting;

/// <summary>systemd's end of NOTIFY_SOCKET.</summary>
internal sealed class NotifySocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    /// <param name="address">As in NOTIFY_SOCKET: a path, or "@" and a name.</param>
    public NotifySocket(string address)
    {
        Address = address;
        _socket.Bind(new UnixDomainSocketEndPoint(address[0] == '@' ? '\0' + address[1..] : address));
    }

    public string Address { get; }

    public async Task<string> ReceiveAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10), TimeProvider.System);
        var message = new byte[4096];
        return Encoding.UTF8.GetString(message, 0, await _socket.ReceiveAsync(message, SocketFlags.None, limit.Token));
    }

    /// <summary>Messages up to the first that is this one.</summary>
    public async Task<List<string>> ReceiveUntilAsync(string last)
    {
        List<string> messages = [];
        do
        {
            messages.Add(await ReceiveAsync());
        }
        while (messages[^1] != last);
        return messages;
    }

    public void Dispose() => _socket.Dispose();
}
