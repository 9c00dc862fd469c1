using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class BandwidthLimiterTests
{
    private const int Rate = 1_000;
    private readonly ManualTime _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_taker_waits_behind_those_before_it()
    {
        var limiter = new BandwidthLimiter(Rate, _time);
        _time.Advance(TimeSpan.FromMinutes(1));
        await limiter.TakeAsync(250, Token); // What a quarter of a second of idleness has earned.
        Task first = limiter.TakeAsync(500, Token).AsTask();
        Task second = limiter.TakeAsync(500, Token).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(499));
        first.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await first;
        second.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(499));
        second.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await second;
    }

    [Fact]
    public async Task A_long_idle_time_earns_no_more_than_a_quarter_of_a_second()
    {
        var limiter = new BandwidthLimiter(Rate, _time);
        _time.Advance(TimeSpan.FromHours(1));
        Task burst = limiter.TakeAsync(10 * Rate, Token).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(9_749));
        burst.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await burst;
    }

    [Fact]
    public async Task A_wait_ends_with_its_token()
    {
        var limiter = new BandwidthLimiter(Rate, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task waiting = limiter.TakeAsync(10 * Rate, stop.Token).AsTask();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
    }
}
