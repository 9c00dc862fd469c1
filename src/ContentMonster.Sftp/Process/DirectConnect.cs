using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ContentMonster.Sftp.Process;

/// <summary>
/// Connects to the one address of a host by one blocking call: the threads and the event queue that an asynchronous connect starts cost as
/// much as all the rest of a program that lives for milliseconds.
/// </summary>
internal static unsafe class DirectConnect
{
    public static Socket Connect(IPAddress address, SocketOrder order)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            SocketOptions.Set(socket, order);

            // SO_SNDTIMEO is a deadline for connect, too (socket(7)). ssh gets the socket without it.
            socket.SendTimeout = (int)order.Patience.TotalMilliseconds;
            Begin(socket, new IPEndPoint(address, order.Port).Serialize());
            socket.SendTimeout = 0;
            SocketOptions.Adapt(socket);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void Begin(Socket socket, SocketAddress address)
    {
        fixed (byte* name = address.Buffer.Span)
        {
            if (Posix.Connect((int)socket.Handle, name, (uint)address.Size) == 0)
            {
                return;
            }
        }

        int error = Marshal.GetLastPInvokeError();
        SocketError kind = error is Posix.ErrorInProgress or Posix.ErrorTimedOut ? SocketError.TimedOut : SocketError.SocketError;
        throw new SocketException((int)kind, Marshal.GetPInvokeErrorMessage(error));
    }
}
