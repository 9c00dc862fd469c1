namespace ContentMonster.Model;

/// <summary>One version of one file on the shore, as the ledger knows it.</summary>
public sealed record FileVersion
{
    public required long Id { get; init; }

    /// <summary>Unguessable, 32 hex digits: part of the names of its unfinished files.</summary>
    public required string Token { get; init; }

    /// <summary>The directory's name in the settings.</summary>
    public required string Directory { get; init; }

    /// <summary>Relative to the directory's Location.</summary>
    public required BytePath Path { get; init; }

    public required FileStamp Stamp { get; init; }

    /// <summary>Size of its chunks; the last one is shorter. A file of 0 bytes has no chunk.</summary>
    public required long ChunkSizeInBytes { get; init; }

    /// <summary>SHA-256 of the whole, once known.</summary>
    public byte[]? Sha256 { get; init; }

    /// <summary>SHA-256 of each chunk, 32 bytes each, in order, once known.</summary>
    public byte[]? ChunkHashes { get; init; }

    public int ChunkCount => checked((int)((Stamp.SizeInBytes + ChunkSizeInBytes - 1) / ChunkSizeInBytes));

    public long LengthOfChunk(int number) => Math.Min(ChunkSizeInBytes, Stamp.SizeInBytes - (number * ChunkSizeInBytes));
}
