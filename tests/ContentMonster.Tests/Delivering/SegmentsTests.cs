using ContentMonster.Delivering;

namespace ContentMonster.Tests.Delivering;

public sealed class SegmentsTests
{
    private readonly List<(long Safe, long More)> _told = [];

    [Theory]
    [InlineData(1, 128)]
    [InlineData(16 << 10, 128)]
    [InlineData(40 << 10, 128)]
    [InlineData(64 << 10, 256)]
    [InlineData(128 << 10, 512)]
    [InlineData(1 << 20, 512)]
    public void The_smaller_the_file_the_smaller_its_segments(long fileKibibytes, long kibibytes) => Segments.SizeFor(fileKibibytes << 10, chunksAfter: 0, 10 << 20).ShouldBe(kibibytes << 10);

    [Fact]
    public void Of_many_chunks_only_the_last_are_cut()
    {
        Segments.SizeFor(1 << 30, chunksAfter: 7, 10 << 20).ShouldBe(512 << 10);
        Segments.SizeFor(1 << 30, chunksAfter: 8, 10 << 20).ShouldBe(10 << 20);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(10L << 20)]
    [InlineData((4L << 30) - 1)]
    [InlineData(4L << 30)]
    public void However_large_a_chunk_its_segments_are_few(long missing) => Of(0, missing, Segments.SizeFor(100L << 30, chunksAfter: 0, missing)).Count.ShouldBeInRange(1, 256);

    [Fact]
    public void The_missing_bytes_are_covered_once_from_where_they_begin()
    {
        Segments segments = Of(begin: 10, length: 25, size: 10);
        Enumerable.Range(0, segments.Count).Select(number => (segments.OffsetOf(number), segments.LengthOf(number))).ShouldBe([(10L, 10L), (20L, 10L), (30L, 5L)]);
    }

    [Fact]
    public void Safe_is_only_what_has_no_gap_before_it_and_every_byte_is_counted_once()
    {
        Segments segments = Of(begin: 10, length: 25, size: 10);
        segments.Advance(1, 10);
        segments.Advance(0, 4);
        segments.Advance(2, 5);
        segments.Advance(0, 10);
        _told.ShouldBe([(10L, 10L), (14L, 4L), (14L, 5L), (35L, 6L)]);
    }

    private Segments Of(long begin, long length, long size) => new(begin, length, size, (safe, more) => _told.Add((safe, more)));
}
