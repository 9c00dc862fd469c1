namespace ContentMonster.Delivering;

/// <summary>
/// What is still missing of one chunk, cut into segments that several lanes carry at once: on a slow link one lane would take minutes for a chunk
/// while the others stand idle. What counts as safe is what is acknowledged without a gap, as the ledger books it.
/// </summary>
/// <param name="begin">The first missing byte, counted from the chunk's start.</param>
/// <param name="length">Missing bytes, at least 1.</param>
/// <param name="size">Bytes of a segment; the last is shorter.</param>
/// <param name="safe">Told how many bytes of the chunk are acknowledged without a gap, and how many more were acknowledged anywhere in it.</param>
internal sealed class Segments(long begin, long length, long size, Action<long, long> safe)
{
    /// <summary>Bytes of the smallest.</summary>
    public const long Least = 128 << 10;

    private const long Most = 512 << 10;
    private const int OfAFile = 256;
    private const int ChunksCut = 8;

    // Chunks may be of 4 GiB.
    private const int MostOfAChunk = 256;

    private readonly Lock _gate = new();
    private readonly long[] _acknowledged = new long[(length + size - 1) / size]; // guarded by _gate

    // Guarded by _gate: all before it are whole.
    private int _first;

    /// <summary>
    /// Bytes of one where they may go in any order: small ones where the file is small, so that all lanes come to its end together. Many chunks keep all lanes
    /// busy uncut, but for the last ones.
    /// </summary>
    /// <param name="fileBytes">Of the whole file.</param>
    /// <param name="chunksAfter">Chunks behind this one.</param>
    /// <param name="missing">Bytes missing of this one, at least 1.</param>
    public static long SizeFor(long fileBytes, int chunksAfter, long missing)
    {
        long size = Math.Max(Math.Clamp(fileBytes / OfAFile / Least * Least, Least, Most), (missing + MostOfAChunk - 1) / MostOfAChunk);
        return chunksAfter >= ChunksCut ? missing : Math.Min(missing, size);
    }

    public int Count => _acknowledged.Length;

    /// <summary>Counted from the chunk's start.</summary>
    public long OffsetOf(int segment) => begin + (segment * size);

    public long LengthOf(int segment) => Math.Min(size, length - (segment * size));

    public long Acknowledged(int segment)
    {
        lock (_gate)
        {
            return _acknowledged[segment];
        }
    }

    public void Advance(int segment, long acknowledged)
    {
        lock (_gate)
        {
            long more = acknowledged - _acknowledged[segment];
            _acknowledged[segment] = acknowledged;
            while (_first < Count && _acknowledged[_first] == LengthOf(_first))
            {
                _first++;
            }

            // Told under the gate, so that two lanes cannot tell their news in the wrong order.
            safe(_first == Count ? begin + length : OffsetOf(_first) + _acknowledged[_first], more);
        }
    }
}
