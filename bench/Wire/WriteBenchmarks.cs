using System.Buffers;
using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Wire;

namespace ContentMonster.Bench;

/// <summary>A WRITE on its way out: the header and the data encoded, the entry in the table, the packet in the send loop's queue and out of it again.</summary>
[MemoryDiagnoser]
[ShortRunJob]
public class WriteBenchmarks
{
    // As many as the window holds of the largest.
    private const int Writes = 16;
    private const int IdOffset = 5;

    private readonly PatternSource _source = new();
    private readonly byte[] _handle = new byte[4];
    private Session _session = null!;
    private Upload _upload = null!;

    [Params(32_768, 131_072)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Open()
    {
        _session = new Session(Stream.Null, new SftpOptions());
        _upload = new Upload(_session, new SftpHandle(_handle, _session, path: default), _source, 0, 0, long.MaxValue, null);
    }

    [Benchmark]
    public int Encode()
    {
        OutgoingPacket packet = Encoded(0);
        ArrayPool<byte>.Shared.Return(packet.Buffer);
        return packet.Length;
    }

    [Benchmark(OperationsPerInvoke = Writes)]
    public int EncodeAndQueue()
    {
        for (int number = 0; number < Writes; number++)
        {
            OutgoingPacket packet = Encoded(number);
            lock (_session.Gate)
                _session.PostWrite(_upload, number, packet);
        }

        int taken = 0;
        while (_session.Queue.TryRead(out OutgoingPacket packet))
        {
            lock (_session.Gate)
                _session.Table.Remove(BinaryPrimitives.ReadUInt32BigEndian(packet.Buffer.AsSpan(IdOffset)));
            ArrayPool<byte>.Shared.Return(packet.Buffer);
            taken++;
        }

        return taken;
    }

    // The lines of Upload.TrySend.
    private OutgoingPacket Encoded(int number)
    {
        var packet = new PacketWriter(PacketType.Write, WireLimits.MaxHandle + Bytes + (3 * sizeof(long)));
        packet.String(_handle);
        packet.UInt64((ulong)((long)number * Bytes));
        _source.Read(0, packet.Data(Bytes));
        return packet.Finish(Bytes);
    }
}
