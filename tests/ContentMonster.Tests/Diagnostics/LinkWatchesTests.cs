using ContentMonster.Diagnostics;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Diagnostics;

public sealed class LinkWatchesTests
{
    private static readonly LinkReading Reading = new("bbr", TimeSpan.FromMilliseconds(80), TimeSpan.FromMilliseconds(60), 1000, DeliveryWasOurLimit: false, 900, 9, 800);

    private readonly ManualTime _time = new();

    [Fact]
    public void A_lane_is_read_when_somebody_looks_and_at_most_once_a_second()
    {
        var watches = new LinkWatches(_time);
        int reads = 0;
        using IDisposable lane = watches.Add(() =>
        {
            reads++;
            return Reading;
        });
        reads.ShouldBe(0);
        watches.Snapshot();
        watches.Snapshot();
        reads.ShouldBe(1);
        _time.Advance(TimeSpan.FromMilliseconds(999));
        watches.Snapshot();
        reads.ShouldBe(1);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        watches.Snapshot();
        reads.ShouldBe(2);
    }

    [Fact]
    public void Lanes_are_told_together_and_those_that_are_not_known_left_out()
    {
        var watches = new LinkWatches(_time);
        using IDisposable one = watches.Add(() => Reading);
        using IDisposable unknown = watches.Add(() => null);
        using IDisposable other = watches.Add(() => Reading with { CongestionControl = "cubic", RoundTrip = TimeSpan.FromMilliseconds(100), LeastRoundTrip = null, BytesSent = 100, BytesSentAgain = 11 });
        watches.Snapshot().ShouldBe(new LinkSnapshot("bbr, cubic", TimeSpan.FromMilliseconds(90), TimeSpan.FromMilliseconds(60), 0.02, 2000, 2));
    }

    [Fact]
    public void A_lane_that_is_closed_is_not_read_any_more()
    {
        var watches = new LinkWatches(_time);
        watches.Add(() => throw new InvalidOperationException("read after it was closed")).Dispose();
        watches.Snapshot().ShouldBeNull();
    }
}
