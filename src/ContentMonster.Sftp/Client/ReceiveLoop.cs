using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using ContentMonster.Sftp.Wire;

namespace ContentMonster.Sftp.Client;

/// <summary>The only reader of the transport: cuts packets, finds who asked, hands the answer over.</summary>
internal sealed class ReceiveLoop(Session session)
{
    private const int BufferBytes = 16 * 1_024;
    private const int ShownTextBytes = 200;
    private const int ReplyHeader = 5;

    private readonly TaskCompletionSource<IReadOnlyDictionary<string, string>> _hello = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The server's extensions, once it has said its version. Never completes where the session ends before.</summary>
    public Task<IReadOnlyDictionary<string, string>> Hello => _hello.Task;

    public async Task RunAsync()
    {
        PipeReader reader = PipeReader.Create(session.Transport, new StreamPipeReaderOptions(bufferSize: BufferBytes, leaveOpen: true));
        try
        {
            while (true)
            {
                await ReadAsync(reader).ConfigureAwait(false);
                session.BytesCame();
            }
        }
        catch (SftpConnectionException why)
        {
            session.End(why);
        }
        catch (Exception trouble) // Whatever a transport throws is the end of the session.
        {
            session.End(new SftpConnectionException($"Could not hear from the server, because the connection failed: {trouble.Message}", trouble));
        }

        await reader.CompleteAsync().ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))] // As each wait for a reply would allocate.
    private async ValueTask ReadAsync(PipeReader reader)
    {
        ReadResult result = await reader.ReadAsync(session.EndedToken).ConfigureAwait(false);
        ReadOnlySequence<byte> buffer = result.Buffer;
        while (TryTake(ref buffer, out ReadOnlySequence<byte> packet))
            Handle(packet);
        if (result.IsCompleted)
            throw new SftpConnectionException(Closed(buffer.Length));
        reader.AdvanceTo(buffer.Start, buffer.End);
    }

    private string Closed(long unfinishedBytes) => unfinishedBytes > 0
        ? "Could not go on with the session, because the connection was closed in the middle of a reply."
        : _hello.Task.IsCompleted
            ? "Could not go on with the session, because the server closed the connection."
            : "Could not begin a session, because the connection was closed before the server said its SFTP version: see whether it offers the sftp subsystem.";

    private bool TryTake(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> packet)
    {
        try
        {
            return PacketFramer.TryTake(ref buffer, out packet);
        }
        catch (MalformedPacketException trouble)
        {
            throw new SftpProtocolException(_hello.Task.IsCompleted || !IsText(buffer.FirstSpan[0])
                ? $"Could not go on with the session, because what came is not SFTP: {trouble.Message}."
                : OfText(buffer.Slice(0, Math.Min(buffer.Length, ShownTextBytes)).ToArray()));
        }
    }

    // nologin(8) of util-linux, shadow and the BSDs say the same.
    private static string OfText(byte[] text) => text.AsSpan().IndexOf("account is currently not available"u8) >= 0
        ? $"Could not begin a session, because the account's shell lets nobody in: \"{Escaped.Text(text)}\". Give it another shell, or make internal-sftp the server's sftp subsystem."
        : $"Could not begin a session, because the login shell on the server prints text before SFTP begins: \"{Escaped.Text(text)}\". Let its start-up files print only where there is a terminal.";

    private static bool IsText(byte first) => first is (>= 0x20 and < 0x7F) or (byte)'\n' or (byte)'\r' or (byte)'\t' or 0x1B or >= 0x80;

    private void Handle(in ReadOnlySequence<byte> packet)
    {
        if (packet.IsSingleSegment)
        {
            Handle(packet.FirstSpan);
            return;
        }

        byte[] copy = ArrayPool<byte>.Shared.Rent((int)packet.Length);
        try
        {
            packet.CopyTo(copy);
            Handle(copy.AsSpan(0, (int)packet.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    private void Handle(ReadOnlySpan<byte> packet)
    {
        if (!_hello.Task.IsCompleted)
        {
            // No measure of the round trip: the login was on its way to it.
            _hello.SetResult(SftpHello.ReadVersion(packet));
            return;
        }

        // The framer lets no packet through that lacks a type and an id.
        var fields = new PacketReader(packet);
        var type = (PacketType)fields.ReadByte();
        uint id = fields.ReadUInt32();
        Pending entry;
        lock (session.Gate)
        {
            if (!session.Table.TryGet(id, out entry))
                throw new SftpProtocolException($"Could not go on with the session, because the server replied to request {id}, which it owes no reply.");
        }

        // Decoded before it leaves the table: if the reply is malformed, its caller hears of the session's end like all others.
        ReplyKind kind = entry.Request?.Kind ?? ReplyKind.Status;
        Reply reply = ReplyDecoder.Decode(kind, type, packet[ReplyHeader..], entry.Request?.Asked ?? 0);
        bool tell = false;
        lock (session.Gate)
        {
            // The session may have ended in between and told everyone in the table.
            if (!session.Table.Remove(id))
                return;
            TimeSpan now = session.Now;
            session.TimeRoundTrip(now - entry.SentAt);
            if (entry.Upload is not null)
                tell = entry.Upload.Settle(entry, reply, now);
        }

        if (tell)
            entry.Upload!.Tell();
        else if (entry.Request is not null)
            session.Complete(entry.Request, reply);
    }
}
