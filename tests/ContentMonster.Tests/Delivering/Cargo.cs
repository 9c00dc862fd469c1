using ContentMonster.Delivering;
using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Delivering;

/// <summary>Versions and pieces for tests that need no ledger.</summary>
internal static class Cargo
{
    public const int ChunkSize = 64 << 10;

    public static FileVersion Version(long id, long size) => new()
    {
        Id = id, Token = new string('a', 32), Directory = "in", Path = BytePath.FromText($"file{id}"), Stamp = new FileStamp(1, id, size, 3, 4, 420), ChunkSizeInBytes = ChunkSize,
    };

    public static Delivery Delivery(FileVersion version, params ChunkProgress[] chunks) =>
        new() { Version = version, Vessel = "v", State = DeliveryState.Sending, Chunks = chunks };

    public static Piece Piece(long id, int chunk = 0, long size = 1_000, int priority = 0, NewPart? part = null, CancellationToken wanted = default)
    {
        FileVersion version = Version(id, size);
        return new Piece(version.Id, !version.IsBig, priority, chunk, version.Path, part, chunk * ChunkSize, chunk * ChunkSize, version.LengthOfChunk(chunk), new Zeros(), _ => { }, wanted);
    }

    private sealed class Zeros : IChunkSource
    {
        public int Read(long offset, Span<byte> buffer)
        {
            buffer.Clear();
            return buffer.Length;
        }
    }
}
