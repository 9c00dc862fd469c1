using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using ContentMonster.Sftp.Wire;

namespace ContentMonster.Tests.Kills;

/// <summary>One connection of a <see cref="VesselRelay"/>: SFTP in whole packets, a shell in what comes at once.</summary>
internal sealed class RelayedTalk(bool isSftp, Func<Armed?> armed)
{
    /// <summary>What an Open that only reads is called: a directory's, to be made durable, is one.</summary>
    public const string OpenForReading = "OpenForReading";

    private const uint ReadOnly = 1;
    private const int HeaderBytes = 4;
    private const int BlockInBytes = 64 << 10;
    private const string ScriptBegins = "cm_open ";
    private readonly Lock _gate = new();

    // Guarded by _gate: what was asked and whose answer is the moment.
    private Armed? _waits;
    private uint? _replyId;
    private byte[]? _endToken;

    public Task UpAsync(Stream from, Stream to, CancellationToken cancellationToken) =>
        isSftp ? PacketsAsync(from, to, AskedAsync, cancellationToken) : BlocksAsync(from, to, ScriptAsync, cancellationToken);

    public Task DownAsync(Stream from, Stream to, CancellationToken cancellationToken) =>
        isSftp ? PacketsAsync(from, to, AnsweredAsync, cancellationToken) : BlocksAsync(from, to, ScriptAnsweredAsync, cancellationToken);

    // True: it goes on; false: it is lost on the way.
    private async Task<bool> AskedAsync(byte[] packet)
    {
        if (armed() is not { } waiting || !waiting.Sees(NameOf(packet)))
        {
            return true;
        }

        if (waiting.Trip.Moment == Moment.Before)
        {
            await waiting.Trip.ActAsync();
            return false;
        }

        lock (_gate)
        {
            (_waits, _replyId) = (waiting, IdOf(packet));
        }

        return true;
    }

    private async Task<bool> AnsweredAsync(byte[] packet)
    {
        Armed? waiting = null;
        lock (_gate)
        {
            if (_waits is not null && _replyId == IdOf(packet))
            {
                (waiting, _waits) = (_waits, null);
            }
        }

        if (waiting is null)
        {
            return true;
        }

        await waiting.Trip.ActAsync();
        return false;
    }

    private async Task<bool> ScriptAsync(byte[] block)
    {
        string text = Encoding.Latin1.GetString(block);
        int begins = text.IndexOf(ScriptBegins, StringComparison.Ordinal);
        if (begins < 0 || armed() is not { } waiting || !(waiting.Sees("script") || (text.Contains(waiting.Trip.Asked, StringComparison.Ordinal) && waiting.Sees(waiting.Trip.Asked))))
        {
            return true;
        }

        switch (waiting.Trip.Moment)
        {
            case Moment.Before:
                await waiting.Trip.ActAsync();
                return false;
            case Moment.Done:
                int end = text.IndexOf('\n', begins);
                lock (_gate)
                {
                    (_waits, _endToken) = (waiting, Encoding.Latin1.GetBytes("E" + text[(begins + ScriptBegins.Length)..end]));
                }

                return true;
            default:
                _ = Task.Run(waiting.Trip.ActAsync);
                return true;
        }
    }

    private async Task<bool> ScriptAnsweredAsync(byte[] block)
    {
        Armed? waiting = null;
        lock (_gate)
        {
            if (_waits is not null && block.AsSpan().IndexOf(_endToken) >= 0)
            {
                (waiting, _waits) = (_waits, null);
            }
        }

        if (waiting is null)
        {
            return true;
        }

        await waiting.Trip.ActAsync();
        return false;
    }

    private static string NameOf(byte[] packet)
    {
        var type = (PacketType)packet[HeaderBytes];
        if (type is not (PacketType.Extended or PacketType.Open))
        {
            return type.ToString();
        }

        ReadOnlySpan<byte> name = packet.AsSpan(HeaderBytes + 9, BinaryPrimitives.ReadInt32BigEndian(packet.AsSpan(HeaderBytes + 5)));
        return type == PacketType.Extended ? Encoding.ASCII.GetString(name)
            : BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(HeaderBytes + 9 + name.Length)) == ReadOnly ? OpenForReading : type.ToString();
    }

    // Init and Version have a version where others have an id: they answer each other as well.
    private static uint IdOf(byte[] packet) => BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(HeaderBytes + 1));

    private static async Task BlocksAsync(Stream from, Stream to, Func<byte[], Task<bool>> passAsync, CancellationToken cancellationToken)
    {
        byte[] block = new byte[BlockInBytes];
        while (await from.ReadAsync(block, cancellationToken) is > 0 and int count)
        {
            byte[] got = block[..count];
            if (await passAsync(got))
            {
                await to.WriteAsync(got, cancellationToken);
            }
        }
    }

    private static async Task PacketsAsync(Stream from, Stream to, Func<byte[], Task<bool>> passAsync, CancellationToken cancellationToken)
    {
        PipeReader reader = PipeReader.Create(from, new StreamPipeReaderOptions(bufferSize: BlockInBytes, leaveOpen: true));
        while (true)
        {
            ReadResult read = await reader.ReadAsync(cancellationToken);
            ReadOnlySequence<byte> rest = read.Buffer;
            while (Packet(ref rest) is { } packet)
            {
                if (await passAsync(packet))
                {
                    await to.WriteAsync(packet, cancellationToken);
                }
            }

            reader.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private static byte[]? Packet(ref ReadOnlySequence<byte> rest)
    {
        if (rest.Length < HeaderBytes)
        {
            return null;
        }

        Span<byte> header = stackalloc byte[HeaderBytes];
        rest.Slice(0, HeaderBytes).CopyTo(header);
        long length = HeaderBytes + BinaryPrimitives.ReadUInt32BigEndian(header);
        if (rest.Length < length)
        {
            return null;
        }

        byte[] packet = rest.Slice(0, length).ToArray();
        rest = rest.Slice(length);
        return packet;
    }
}
