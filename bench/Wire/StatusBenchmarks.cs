using System.Buffers;
using BenchmarkDotNet.Attributes;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Wire;

namespace ContentMonster.Bench;

/// <summary>Replies to WRITEs, as OpenSSH sends them: cut from the stream and decoded.</summary>
[MemoryDiagnoser]
[ShortRunJob]
public class StatusBenchmarks
{
    private const int Replies = 64;
    private const int ReplyHeader = 5;
    private ReadOnlySequence<byte> _whole;
    private ReadOnlySequence<byte> _split;

    [GlobalSetup]
    public void Write()
    {
        byte[] bytes = [.. Enumerable.Range(1, Replies).SelectMany(static id => StatusReply.Ok((uint)id))];
        _whole = new ReadOnlySequence<byte>(bytes);

        // In the middle of a reply, as a read of the transport may end.
        int middle = (bytes.Length / 2) + 3;
        var first = new Piece(bytes.AsMemory(0, middle), 0);
        var last = new Piece(bytes.AsMemory(middle), middle);
        first.Follow(last);
        _split = new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    [Benchmark(OperationsPerInvoke = Replies)]
    public uint Decode() => DecodeAll(_whole);

    [Benchmark(OperationsPerInvoke = Replies)]
    public uint DecodeInTwoPieces() => DecodeAll(_split);

    // The lines of ReceiveLoop.Handle.
    private static uint DecodeAll(ReadOnlySequence<byte> buffer)
    {
        uint ids = 0;
        while (PacketFramer.TryTake(ref buffer, out ReadOnlySequence<byte> packet))
        {
            if (packet.IsSingleSegment)
            {
                ids += DecodeOne(packet.FirstSpan);
                continue;
            }

            byte[] copy = ArrayPool<byte>.Shared.Rent((int)packet.Length);
            packet.CopyTo(copy);
            ids += DecodeOne(copy.AsSpan(0, (int)packet.Length));
            ArrayPool<byte>.Shared.Return(copy);
        }

        return ids;
    }

    private static uint DecodeOne(ReadOnlySpan<byte> packet)
    {
        var fields = new PacketReader(packet);
        var type = (PacketType)fields.ReadByte();
        uint id = fields.ReadUInt32();
        Reply reply = ReplyDecoder.Decode(ReplyKind.Status, type, packet[ReplyHeader..], 0);
        return reply.Status == SftpStatus.Ok ? id : 0;
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long before)
        {
            Memory = memory;
            RunningIndex = before;
        }

        public void Follow(Piece next) => Next = next;
    }
}
