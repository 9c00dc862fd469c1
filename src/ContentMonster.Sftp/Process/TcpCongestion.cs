using System.Net.Sockets;
using System.Text;

namespace ContentMonster.Sftp.Process;

/// <summary>The sender's congestion control (tcp(7), TCP_CONGESTION). On lossy links the choice decides: one flow of bbr carries what ten of cubic do not.</summary>
public static class TcpCongestion
{
    private const int Option = 13; // linux/tcp.h
    private const int LongestName = 16; // TCP_CA_NAME_MAX
    private const string Another = "reno"; // Every kernel has it.

    /// <summary>Whether this process may use an algorithm: it is tried on a socket that goes nowhere.</summary>
    public static bool IsAllowed(string name)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        return TrySet(socket, name);
    }

    /// <summary>The system's own choice for new connections, or null where it does not tell.</summary>
    public static string? OfSystem()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        return Of(socket);
    }

    /// <summary>What the kernel has loaded now (net.ipv4.tcp_available_congestion_control); empty where it does not tell.</summary>
    public static IReadOnlyList<string> Available() => Listed("tcp_available_congestion_control");

    /// <summary>What every user may choose (net.ipv4.tcp_allowed_congestion_control); empty where it does not tell.</summary>
    public static IReadOnlyList<string> AllowedToAll() => Listed("tcp_allowed_congestion_control");

    /// <summary>Has bbr forget what it knows of a connection, by choosing another and it again. The window and the round trip are the connection's own, and stay.</summary>
    internal static void BeginAnew(Socket socket)
    {
        if (Of(socket) is "bbr" && MayReturnToBbr() && TrySet(socket, Another))
        {
            TrySet(socket, "bbr");
        }
    }

    // A connection may have bbr from a route or as the system's own, where we may not choose it; and what is in force may be set by anybody.
    private static bool MayReturnToBbr()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        return TrySet(socket, Another) && TrySet(socket, "bbr");
    }

    private static string? Of(Socket socket)
    {
        byte[] name = new byte[LongestName];
        try
        {
            int length = socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, Option, name);
            return length > 0 ? Encoding.ASCII.GetString(name, 0, length).TrimEnd('\0') : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static string[] Listed(string setting)
    {
        try
        {
            return File.ReadAllText($"/proc/sys/net/ipv4/{setting}").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    internal static bool TrySet(Socket socket, string name)
    {
        try
        {
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, Option, Encoding.ASCII.GetBytes(name));
            return true;
        }
        catch (SocketException)
        {
            return false; // Not in this kernel, or not allowed to ordinary users (net.ipv4.tcp_allowed_congestion_control).
        }
    }
}
