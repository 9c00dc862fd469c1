using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class DialWatchTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);
    private static readonly TcpFacts Greeted = new() { RoundTrip = TimeSpan.FromMilliseconds(600), BytesSent = 40, BytesAcknowledged = 40, BytesReceived = 40 };
    private readonly ManualTime _time = new();
    private readonly CancellationTokenSource _over = new();
    private volatile TcpFacts? _facts = Greeted;
    private int _looks; // by Interlocked
    private Task<bool> _silent = null!;

    public ValueTask InitializeAsync()
    {
        _silent = new DialWatch(Look, Patience, _time).SilentAsync(_over.Token);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _silent;
        _over.Dispose();
    }

    [Fact]
    public async Task Silence_is_noticed_when_nothing_came_for_Timeout_and_not_before()
    {
        await PassAsync(Patience);
        _silent.IsCompleted.ShouldBeFalse();
        await PassAsync(DialWatch.LookEvery);
        (await _silent.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_byte_now_and_then_is_a_slow_server_however_long_it_takes()
    {
        for (int at = 1; at <= 30; at++)
        {
            await PassAsync(Patience - DialWatch.LookEvery);
            _facts = Greeted with { BytesReceived = 40 + at };
        }

        _silent.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_slow_way_up_is_no_silence_as_long_as_what_was_sent_is_taken_bit_by_bit()
    {
        _facts = Greeted with { BytesSent = 2_000, SegmentsUnacknowledged = 2 };
        for (int at = 1; at <= 30; at++)
        {
            await PassAsync(Patience - DialWatch.LookEvery);
            _facts = _facts with { BytesAcknowledged = 40 + at };
        }

        _silent.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_sent_into_the_dark_is_no_sign_of_life_nor_is_that_it_is_taken_at_once()
    {
        for (int at = 1; at <= 20; at++)
        {
            await PassAsync(DialWatch.LookEvery);
            _facts = Greeted with { BytesSent = 40 + (at * 10), BytesSentAgain = at, BytesAcknowledged = 40 + (at * 10) };
        }

        await PassAsync(DialWatch.LookEvery);
        (await _silent.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_a_connection_that_is_not_known_or_not_counted_nothing_is_said(bool isKnown)
    {
        _facts = isKnown ? new TcpFacts { RoundTrip = TimeSpan.Zero } : null;
        await PassAsync(Patience * 5);
        _silent.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Time_in_which_the_process_was_stopped_is_nobodys_silence()
    {
        await PassAsync(DialWatch.LookEvery * 2);
        int before = Volatile.Read(ref _looks);
        _time.Jump(Patience * 3);
        await Eventually.BeTrueAsync(() => Volatile.Read(ref _looks) > before, "it has looked again");
        await PassAsync(Patience - DialWatch.LookEvery);
        _silent.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task When_the_server_has_answered_the_watch_is_over()
    {
        await PassAsync(DialWatch.LookEvery);
        await _over.CancelAsync();
        (await _silent.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3.9, 1)]
    [InlineData(6, 3)]
    [InlineData(10, 5)]
    [InlineData(600, 5)]
    public void A_sign_of_life_is_asked_for_twice_in_Timeout(double timeoutSeconds, int seconds) =>
        DialWatch.KeepAliveFor(TimeSpan.FromSeconds(timeoutSeconds)).ShouldBe(TimeSpan.FromSeconds(seconds));

    // Look by look: the watch sets its next timer on a thread of its own.
    private async Task PassAsync(TimeSpan span)
    {
        for (TimeSpan at = TimeSpan.Zero; at < span && !_silent.IsCompleted; at += DialWatch.LookEvery)
        {
            int before = Volatile.Read(ref _looks);
            await Eventually.BeTrueAsync(() => _time.Timers > 0 || _silent.IsCompleted, "it waits for its next look");
            _time.Advance(DialWatch.LookEvery);
            await Eventually.BeTrueAsync(() => Volatile.Read(ref _looks) > before, "it has looked");
        }
    }

    private TcpFacts? Look()
    {
        Interlocked.Increment(ref _looks);
        return _facts;
    }
}
