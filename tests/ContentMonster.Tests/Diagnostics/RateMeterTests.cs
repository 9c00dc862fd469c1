using ContentMonster.Diagnostics;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Diagnostics;

public sealed class RateMeterTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_steady_flow_is_shown_as_it_is()
    {
        var meter = new RateMeter(_time);
        for (int second = 0; second < 60; second++)
        {
            meter.Add(1_000);
            _time.Advance(TimeSpan.FromMilliseconds(500));
            meter.Add(1_000);
            _time.Advance(TimeSpan.FromMilliseconds(500));
        }

        meter.BytesPerSecond().ShouldBeInRange(1_800, 2_000);
    }

    [Fact]
    public void The_first_seconds_are_not_divided_by_ten()
    {
        var meter = new RateMeter(_time);
        meter.Add(4_000);
        _time.Advance(TimeSpan.FromSeconds(2));
        meter.BytesPerSecond().ShouldBe(2_000);
    }

    [Theory]
    [InlineData(9.9, 100)]
    [InlineData(10, 0)]
    [InlineData(100_000, 0)]
    public void What_is_ten_seconds_old_counts_no_more(double seconds, double left)
    {
        var meter = new RateMeter(_time);
        _time.Advance(TimeSpan.FromSeconds(60));
        meter.Add(1_000);
        _time.Advance(TimeSpan.FromSeconds(seconds));
        meter.BytesPerSecond().ShouldBe(left);
    }
}
