namespace ContentMonster.Planning;

/// <summary>
/// Whether the chunks of a file are hashed on the vessel one by one, as they arrive, or all together when the last one is there. Implementation notes.
/// <para>One by one the hashing is done beside the sending, and a bad chunk is found early: over a slow link it costs nothing. Each takes two programs
/// and a pipe, though, some 60 ms of the vessel's CPU for 10 MiB; on a fast way that is more than all the rest together (1 GiB over loopback:
/// 7.5 s of CPU in 102 chunks, 1.0 s in one go).</para>
/// <para>So a file that comes fast, and that the vessel hashes in about a second, is hashed as one; if that is wrong, its chunks are.</para>
/// </summary>
/// <param name="MostBytes">Of larger files the chunks are hashed one by one.</param>
/// <param name="LeastBytesPerSecond">What comes slower is hashed chunk by chunk; on a short way a quarter of it: there the first second says little.</param>
/// <param name="HashedPerSecond">At the most, in bytes: the reader is not to come to where nothing is yet.</param>
internal sealed record ProofPlan(long MostBytes, double LeastBytesPerSecond, double HashedPerSecond)
{
    /// <summary>For tools that use the CPU's own instructions for SHA-256: about 1.5 GB/s.</summary>
    public static readonly ProofPlan FastTool = new(1L << 30, Fast, 1.6e9);

    /// <summary>For others, and CPUs without: 100 to 500 MB/s.</summary>
    public static readonly ProofPlan SlowTool = new(128L << 20, Fast, 0.6e9);

    public static readonly ProofPlan ChunkByChunk = new(0, double.PositiveInfinity, double.PositiveInfinity);

    // A chunk of 10 MiB in less than that takes a core of the vessel a tenth of its time and more.
    private const double Fast = 16 << 20;

    // Bytes may come a little slower at the end.
    private const double Margin = 1.1;

    /// <summary>Whether a chunk that has arrived is left to the end.</summary>
    /// <param name="sizeInBytes">Of its file.</param>
    /// <param name="bytesPerSecond">At which all files travel to this vessel, lately.</param>
    /// <param name="roundTrip">To the vessel and back.</param>
    public bool Waits(long sizeInBytes, double bytesPerSecond, TimeSpan roundTrip) =>
        sizeInBytes <= MostBytes && bytesPerSecond >= (roundTrip < LanePlan.LongWay ? LeastBytesPerSecond / 4 : LeastBytesPerSecond);

    /// <summary>Whether the hashing of the whole can begin, because what is missing will be there before the reader is.</summary>
    /// <param name="there">Bytes that have arrived from the file's beginning without a gap.</param>
    /// <param name="left">Bytes that have not arrived.</param>
    /// <param name="bytesPerSecond">At which those of this file came so far.</param>
    public bool BeginsEarly(long there, long left, double bytesPerSecond) => bytesPerSecond > 0 && left * Margin / bytesPerSecond <= there / HashedPerSecond;
}
