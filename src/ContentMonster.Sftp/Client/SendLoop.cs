using System.Buffers;
using System.Runtime.CompilerServices;
using ContentMonster.Sftp.Wire;

namespace ContentMonster.Sftp.Client;

/// <summary>The only writer of the transport. Small packets that stand together leave in one write. A write that has to wait allocates nothing: bench/Wire measures it.</summary>
internal sealed class SendLoop(Session session)
{
    private const int BatchBytes = 64 * 1_024;
    private const int SmallPacketBytes = 16 * 1_024;
    private static readonly byte[] Hello = [0, 0, 0, WireLimits.MinPacket, (byte)PacketType.Init, 0, 0, 0, SftpHello.Version];

    // Only the loop writes these.
    private readonly byte[] _batch = new byte[BatchBytes];
    private int _batched;
    private long _batchedFileBytes;
    private long _fileBytes;

    public long FileBytes => Volatile.Read(ref _fileBytes);

    public async Task RunAsync()
    {
        try
        {
            await session.Transport.WriteAsync(Hello, session.EndedToken).ConfigureAwait(false);
            await session.Transport.FlushAsync(session.EndedToken).ConfigureAwait(false);

            // No token: the end of the session completes the queue, and without one the channel has nothing to allocate for each wait.
            while (await session.Queue.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                while (session.Queue.TryRead(out OutgoingPacket packet))
                    await SendAsync(packet).ConfigureAwait(false);
                await SendBatchAsync().ConfigureAwait(false);
                await session.Transport.FlushAsync(session.EndedToken).ConfigureAwait(false);
            }
        }
        catch (Exception trouble) // Whatever a transport throws is the end of the session.
        {
            session.End(new SftpConnectionException($"Could not send to the server, because the connection failed: {trouble.Message}", trouble));
        }

        while (session.Queue.TryRead(out OutgoingPacket unsent))
            ArrayPool<byte>.Shared.Return(unsent.Buffer);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(OutgoingPacket packet)
    {
        try
        {
            if (_batched + packet.Length > BatchBytes || packet.Length > SmallPacketBytes)
                await SendBatchAsync().ConfigureAwait(false);
            if (packet.Length <= SmallPacketBytes)
            {
                packet.Buffer.AsSpan(0, packet.Length).CopyTo(_batch.AsSpan(_batched));
                _batched += packet.Length;
                _batchedFileBytes += packet.FileBytes;
                return;
            }

            Volatile.Write(ref _fileBytes, _fileBytes + packet.FileBytes);
            await session.Transport.WriteAsync(packet.Buffer.AsMemory(0, packet.Length), session.EndedToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(packet.Buffer);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendBatchAsync()
    {
        if (_batched == 0)
            return;
        Volatile.Write(ref _fileBytes, _fileBytes + _batchedFileBytes);
        await session.Transport.WriteAsync(_batch.AsMemory(0, _batched), session.EndedToken).ConfigureAwait(false);
        _batched = 0;
        _batchedFileBytes = 0;
    }
}
