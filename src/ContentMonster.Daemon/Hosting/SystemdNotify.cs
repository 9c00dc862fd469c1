using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ContentMonster.Daemon.Hosting;

/// <summary>Tells systemd how the daemon fares: sd_notify(3) over NOTIFY_SOCKET. Without one nothing is sent.</summary>
internal sealed class SystemdNotify : IDisposable
{
    private readonly Socket? _socket;

    private SystemdNotify(Socket? socket, TimeSpan? heartbeat)
    {
        _socket = socket;
        Heartbeat = heartbeat;
    }

    /// <summary>How often <see cref="Alive"/> is due (half of WatchdogSec); null: no watchdog.</summary>
    public TimeSpan? Heartbeat { get; }

    public static SystemdNotify FromEnvironment(Func<string, string?> environment)
    {
        if (environment("NOTIFY_SOCKET") is not { Length: > 1 } path || path[0] is not ('/' or '@'))
        {
            return new(null, null);
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            // A full queue at systemd must not stop the daemon.
            socket.Blocking = false;
            socket.Connect(new UnixDomainSocketEndPoint(path[0] == '@' ? '\0' + path[1..] : path));
        }
        catch (SocketException)
        {
            socket.Dispose();
            return new(null, null);
        }

        return new(socket, HeartbeatOf(environment));
    }

    public void Ready() => Send("READY=1");

    public void Stopping() => Send("STOPPING=1");

    public void Status(string text) => Send("STATUS=" + OneLine.Of(text));

    public void Alive() => Send("WATCHDOG=1");

    public void Dispose() => _socket?.Dispose();

    private static TimeSpan? HeartbeatOf(Func<string, string?> environment)
    {
        // WATCHDOG_PID tells whose the watchdog is: children inherit the variables.
        bool ours = environment("WATCHDOG_PID") is not { Length: > 0 } pid || pid == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        bool set = long.TryParse(environment("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds);
        return ours && set && microseconds > 0 ? TimeSpan.FromMicroseconds(microseconds / 2.0) : null;
    }

    private void Send(string message)
    {
        try
        {
            _socket?.Send(Encoding.UTF8.GetBytes(message));
        }
        catch (SocketException)
        {
            // systemd is not there to hear it: nothing depends on this message.
        }
    }
}
