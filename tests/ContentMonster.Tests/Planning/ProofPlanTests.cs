using ContentMonster.Planning;

namespace ContentMonster.Tests.Planning;

public sealed class ProofPlanTests
{
    private const double Mebibyte = 1 << 20;

    [Theory]
    [InlineData(1024, 20, 80, true)]
    [InlineData(1025, 20, 80, false)]
    [InlineData(1024, 12, 80, false)] // 100 Mbit/s: hashing beside the sending costs nothing
    [InlineData(1024, 5, 0.1, true)]
    [InlineData(1024, 3, 0.1, false)]
    public void What_comes_fast_and_is_soon_hashed_is_hashed_at_the_end(long mebibytes, double mebibytesPerSecond, double milliseconds, bool waits) =>
        ProofPlan.FastTool.Waits(mebibytes << 20, mebibytesPerSecond * Mebibyte, TimeSpan.FromMilliseconds(milliseconds)).ShouldBe(waits);

    [Theory]
    [InlineData(800, 250, false)]
    [InlineData(900, 250, true)]
    [InlineData(900, 100, false)]
    [InlineData(970, 100, true)]
    public void It_is_begun_where_the_last_bytes_arrive_before_the_reader(long mebibytesThere, double mebibytesPerSecond, bool begins) =>
        ProofPlan.FastTool.BeginsEarly(mebibytesThere << 20, (1024 - mebibytesThere) << 20, mebibytesPerSecond * Mebibyte).ShouldBe(begins);

    [Fact]
    public void Nothing_is_begun_early_where_nothing_waits_or_comes()
    {
        ProofPlan.ChunkByChunk.BeginsEarly(1000, 1, 1e9).ShouldBeFalse();
        ProofPlan.FastTool.BeginsEarly(1 << 30, 1, 0).ShouldBeFalse();
    }

    [Fact]
    public void A_slow_tool_is_left_less_and_where_there_is_none_nothing()
    {
        ProofPlan.SlowTool.Waits(128 << 20, 1e9, TimeSpan.Zero).ShouldBeTrue();
        ProofPlan.SlowTool.Waits(129 << 20, 1e9, TimeSpan.Zero).ShouldBeFalse();
        ProofPlan.ChunkByChunk.Waits(1, 1e9, TimeSpan.Zero).ShouldBeFalse();
    }
}
