using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ContentMonster.Tests.Support;

/// <summary>A port of this machine that answers no connection: its queue is full, and nobody takes anything from it.</summary>
internal sealed class DeafListener : IDisposable
{
    private const string SynSent = "02";
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket[] _filling = [.. Enumerable.Range(0, 4).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false })];
    private readonly int _ofOurs;

    private DeafListener()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(0);
        foreach (Socket one in _filling)
        {
            Should.Throw<SocketException>(() => one.Connect(IPAddress.Loopback, Port)).SocketErrorCode.ShouldBe(SocketError.WouldBlock);
        }

        _ofOurs = Unanswered();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Connections of others that are being tried (proc_net_tcp).</summary>
    public int Tried => Unanswered() - _ofOurs;

    public static DeafListener Start() => new();

    public void Dispose()
    {
        Array.ForEach(_filling, static one => one.Dispose());
        _listener.Dispose();
    }

    private int Unanswered()
    {
        string port = $":{Port.ToString("X4", CultureInfo.InvariantCulture)}";
        return File.ReadLines("/proc/net/tcp").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 3 && words[2].EndsWith(port, StringComparison.Ordinal) && words[3] == SynSent)

            // Where the table changes while it is read one may stand in it twice.
            .Select(static words => words[1]).Distinct(StringComparer.Ordinal).Count();
    }
}
