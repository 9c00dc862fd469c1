using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ContentMonster.Sftp.Process;

/// <summary>
/// Our end of a child's standard input and output. A child that leaves without reading all it was sent makes the system say "connection reset" once
/// its output is read to the end; that is an end of the stream like any other, and why it left is told by its exit.
/// </summary>
internal sealed class ChildStream(Socket socket) : NetworkStream(socket, ownsSocket: true), IFileSender
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // As each wait for a reply would allocate.
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await base.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException trouble) when (IsReset(trouble))
        {
            return 0;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return base.Read(buffer);
        }
        catch (IOException trouble) when (IsReset(trouble))
        {
            return 0;
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    /// <remarks>Without waiting, because .NET has made the socket so with the first bytes that were sent or awaited.</remarks>
    public int SendFile(SafeHandle file, long offset, int length)
    {
        if (!OperatingSystem.IsLinux())
            return -1;
        long from = offset;
        nint moved = Posix.SendFile(Socket.SafeHandle, file, ref from, (nuint)length);
        return moved >= 0 ? (int)moved : Marshal.GetLastPInvokeError() is Posix.ErrorTryAgain or Posix.ErrorInterrupted ? 0 : -1;
    }

    /// <summary>End of input for the child; what it still says can be read.</summary>
    public void EndInput()
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception trouble) when (trouble is SocketException or ObjectDisposedException)
        {
            // Gone already, which is an end of input too.
        }
    }

    private static bool IsReset(IOException trouble) => trouble.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset };
}
