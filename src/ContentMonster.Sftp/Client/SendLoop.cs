using System.Runtime.CompilerServices;
using ContentMonster.Sftp.Wire;

namespace ContentMonster.Sftp.Client;

/// <summary>The only writer of the transport. Small packets that stand together leave in one write. A write that has to wait allocates nothing: bench/Wire measures it.</summary>
internal sealed class SendLoop(Session session)
{
    private const int BatchBytes = 32 * 1_024;
    private const int SmallPacketBytes = 16 * 1_024;
    private const int PieceBytes = 8 * 1_024;
    private static readonly byte[] Hello = [0, 0, 0, WireLimits.MinPacket, (byte)PacketType.Init, 0, 0, 0, SftpHello.Version];

    // Only the loop writes these.
    private readonly byte[] _batch = new byte[BatchBytes];
    private int _batched;
    private int _batchedWriteBytes;
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
        catch (SftpConnectionException why)
        {
            session.End(why);
        }
        catch (Exception trouble) // Whatever a transport throws is the end of the session.
        {
            session.End(new SftpConnectionException($"Could not send to the server, because the connection failed: {trouble.Message}", trouble));
        }

        while (session.Queue.TryRead(out OutgoingPacket unsent))
            unsent.Drop();
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
                _batchedWriteBytes += packet.WriteBytes;
            }
            else
            {
                Volatile.Write(ref _fileBytes, _fileBytes + packet.FileBytes);
                await session.Transport.WriteAsync(packet.Buffer.AsMemory(0, packet.Length), session.EndedToken).ConfigureAwait(false);
                session.WritesSent(packet.WriteBytes);
            }

            if (packet.Tail.Length > 0)
            {
                await SendBatchAsync().ConfigureAwait(false);
                await SendTailAsync(packet).ConfigureAwait(false);
            }
        }
        finally
        {
            packet.Drop();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendBatchAsync()
    {
        if (_batched == 0)
            return;
        Volatile.Write(ref _fileBytes, _fileBytes + _batchedFileBytes);
        await session.Transport.WriteAsync(_batch.AsMemory(0, _batched), session.EndedToken).ConfigureAwait(false);
        session.WritesSent(_batchedWriteBytes);
        (_batched, _batchedWriteBytes, _batchedFileBytes) = (0, 0, 0);
    }

    // The batch is empty, so its buffer is free.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendTailAsync(OutgoingPacket packet)
    {
        FileTail tail = packet.Tail;
        int moved;
        for (int sent = 0; sent < tail.Length; sent += moved)
        {
            moved = session.FileSender!.SendFile(tail.File, tail.Offset + sent, tail.Length - sent);
            if (moved > 0)
                continue;

            // The transport is full, the file has ended or cannot be moved: what is copied waits until there is room, and tells.
            int piece = Math.Min(tail.Length - sent, moved < 0 ? BatchBytes : PieceBytes);
            Read(packet, sent, _batch.AsSpan(0, piece));
            await session.Transport.WriteAsync(_batch.AsMemory(0, piece), session.EndedToken).ConfigureAwait(false);
            moved = piece;
        }
    }

    // Half a packet has left, and nothing but its own bytes may follow it: where they are not to be had the session ends, and the server drops what it has of it.
    private void Read(in OutgoingPacket packet, int from, Span<byte> buffer)
    {
        Upload? upload = session.UploadOf(packet);
        if (upload?.TryReadMoved(packet.Tail.Offset + from, buffer) != true)
            throw new SftpConnectionException(upload is null
                ? "Could not go on with the session, because the server answered a write before it was sent."
                : $"Ended the session in the middle of a write, because the source could not be read at {packet.Tail.Offset + from}.");
    }
}
