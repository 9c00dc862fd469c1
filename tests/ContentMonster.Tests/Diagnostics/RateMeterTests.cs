using ContentMonster.Diagnostics;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Diagnostics;

public sealed class RateMeterTests
{
    [Fact]
    public void After_a_long_silence_the_rate_is_that_of_what_moves_now()
    {
        var time = new ManualTime();
        var meter = new RateMeter(time);
        time.Advance(TimeSpan.FromMinutes(5));
        meter.BytesPerSecond().ShouldBe(0);
        for (int second = 0; second < 3; second++)
        {
            meter.Add(1000);
            time.Advance(TimeSpan.FromSeconds(1));
        }

        meter.BytesPerSecond().ShouldBe(1000, 1);
        time.Advance(TimeSpan.FromMinutes(5));
        (meter.BytesPerSecond(), meter.BestBytesPerSecond()).ShouldBe((0, 1000));
    }

    [Fact]
    public void It_forgets_what_is_ten_seconds_old()
    {
        var time = new ManualTime();
        var meter = new RateMeter(time);
        meter.Add(5000);
        time.Advance(TimeSpan.FromSeconds(20));
        meter.BytesPerSecond().ShouldBe(0);
    }
}
