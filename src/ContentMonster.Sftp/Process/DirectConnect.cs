using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ContentMonster.Sftp.Process;

/// <summary>
/// Connects to one address by one blocking call. What .NET connects asynchronously stays in its event queue for as long as ssh has it open, and would wake
/// the daemon for every packet; and the threads and the queue that this starts cost as much as all the rest of a program that lives for milliseconds.
/// </summary>
internal static unsafe class DirectConnect
{
    /// <param name="address">Where to.</param>
    /// <param name="order">With which port and options.</param>
    /// <param name="knock">Told when the first packet leaves and when that is over; null: nobody.</param>
    /// <param name="cancellationToken">Ends the call at once.</param>
    /// <exception cref="SocketException">It could not be connected within the order's patience.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, which ends the call at once.</exception>
    public static Socket Connect(IPAddress address, SocketOrder order, Knock? knock, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            SocketOptions.Set(socket, order);

            // SO_SNDTIMEO is a deadline for connect, too (socket(7)). ssh gets the socket without it.
            socket.SendTimeout = (int)order.Patience.TotalMilliseconds;
            using (cancellationToken.UnsafeRegister(static state => _ = Posix.Shutdown((int)((Socket)state!).Handle, Posix.BothWays), socket))
            {
                knock?.Sent();
                Begin(socket, new IPEndPoint(address, order.Port).Serialize());
                knock?.Ended();
            }

            cancellationToken.ThrowIfCancellationRequested();
            socket.SendTimeout = 0;
            SocketOptions.Adapt(socket);
            return socket;
        }
        catch
        {
            knock?.Ended();
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
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
