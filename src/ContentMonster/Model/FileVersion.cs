namespace ContentMonster.Model;

/// <summary>One version of one file on the shore, as the ledger knows it.</summary>
public sealed record FileVersion
{
    /// <summary>Chunks that a file has at the most.</summary>
    public const int MostChunks = 65_536;

    /// <summary>Larger files are not sent: 1 PiB. A sparse one costs nothing to make, and sums of sizes stay far from the end of a long.</summary>
    public const long MostBytes = 1L << 50;

    /// <summary>Larger files are not among the small ones.</summary>
    public const long MostOfSmall = 1 << 20;

    private const long Granule = 64 << 10;

    public required long Id { get; init; }

    /// <summary>Unguessable, 32 hex digits: part of the names of its unfinished files.</summary>
    public required string Token { get; init; }

    /// <summary>The directory's name in the settings.</summary>
    public required string Directory { get; init; }

    /// <summary>Relative to the directory's Location.</summary>
    public required BytePath Path { get; init; }

    public required FileStamp Stamp { get; init; }

    /// <summary>
    /// Size of its chunks; the last one is shorter, a file of 0 bytes has none. At least what was asked for, and so much that no file has
    /// more than <see cref="MostChunks"/>: memory stays bounded for a file of any size.
    /// </summary>
    public required long ChunkSizeInBytes
    {
        get => field >= Stamp.SizeInBytes / MostChunks ? field : RoundUp((Stamp.SizeInBytes / MostChunks) + 1);
        init;
    }

    /// <summary>It was left in its place when all vessels of its time had it: there it stays, whatever the settings say now.</summary>
    public bool WasKept { get; init; }

    /// <summary>SHA-256 of the whole, once known.</summary>
    public byte[]? Sha256 { get; init; }

    /// <summary>SHA-256 of each chunk, 32 bytes each, in order, once known.</summary>
    public byte[]? ChunkHashes { get; init; }

    public int ChunkCount => Stamp.SizeInBytes == 0 ? 0 : checked((int)(((Stamp.SizeInBytes - 1) / ChunkSizeInBytes) + 1));

    /// <summary>Whether it is sent in more than one chunk.</summary>
    public bool IsBig => ChunkCount > 1;

    /// <summary>Whether it goes with the small ones, which wait for no larger file's end.</summary>
    public bool IsSmall => IsSmallIn(Stamp.SizeInBytes, ChunkSizeInBytes);

    public static bool IsSmallIn(long sizeInBytes, long chunkSizeInBytes) => sizeInBytes <= Math.Min(MostOfSmall, chunkSizeInBytes);

    public long LengthOfChunk(int number) => Math.Min(ChunkSizeInBytes, Stamp.SizeInBytes - (number * ChunkSizeInBytes));

    private static long RoundUp(long bytes) => (bytes + Granule - 1) / Granule * Granule;
}
