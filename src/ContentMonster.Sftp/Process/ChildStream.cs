using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace ContentMonster.Sftp.Process;

/// <summary>
/// Our end of a child's standard input and output. A child that leaves without reading all it was sent makes the system say "connection reset" once
/// its output is read to the end; that is an end of the stream like any other, and why it left is told by its exit.
/// </summary>
internal sealed class ChildStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
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
