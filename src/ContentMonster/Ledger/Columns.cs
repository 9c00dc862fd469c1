using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>Rows to values. The column lists stand beside the code that counts on their order.</summary>
internal static class Columns
{
    /// <summary>Of version v, directory d and, outer-joined, version_hash h.</summary>
    public const string OfVersion =
        "v.id, v.token, d.name, v.path, v.device, v.inode, v.size, v.modified, v.changed, v.mode, v.chunk_size, h.sha256, h.chunk_hashes, v.kept";

    /// <summary>How many <see cref="OfVersion"/> names.</summary>
    public const int VersionCount = 14;

    public static FileVersion Version(LedgerRow row) => new()
    {
        Id = row.GetInt64(0),
        Token = row.GetString(1),
        Directory = row.GetString(2),
        Path = Path(row, 3),
        Stamp = Stamp(row, 4),
        ChunkSizeInBytes = row.GetInt64(10),
        Sha256 = Blob(row, 11),
        ChunkHashes = Blob(row, 12),
        WasKept = row.GetInt64(13) == 1,
    };

    public static FileStamp Stamp(LedgerRow row, int first) => new(
        row.GetInt64(first),
        row.GetInt64(first + 1),
        row.GetInt64(first + 2),
        row.GetInt64(first + 3),
        row.GetInt64(first + 4),
        row.GetInt32(first + 5));

    public static BytePath Path(LedgerRow row, int column) => new(row.GetBlob(column));

    public static BytePath? MaybePath(LedgerRow row, int column) => Blob(row, column) is { } bytes ? new BytePath(bytes) : null;

    public static byte[]? Blob(LedgerRow row, int column) => row.IsDBNull(column) ? null : row.GetBlob(column);

    public static string? Text(LedgerRow row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static DateTimeOffset Time(LedgerRow row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    public static DateTimeOffset? MaybeTime(LedgerRow row, int column) => row.IsDBNull(column) ? null : Time(row, column);

    public static FailureKind? Kind(LedgerRow row, int column) => row.IsDBNull(column) ? null : (FailureKind)row.GetInt32(column);
}
