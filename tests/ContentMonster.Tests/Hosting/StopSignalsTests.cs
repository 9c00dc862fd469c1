using ContentMonster.Daemon.Hosting;

namespace ContentMonster.Tests.Hosting;

public sealed class StopSignalsTests
{
    [Fact]
    public void The_first_signal_asks_and_one_that_comes_later_ends_but_not_one_of_the_same_moment()
    {
        var exits = new List<int>();
        var time = new HandMovedTime();
        using var signals = new StopSignals(time, exits.Add);
        signals.Token.IsCancellationRequested.ShouldBeFalse();
        signals.Received();
        signals.Token.IsCancellationRequested.ShouldBeTrue();
        time.Now = TimeSpan.FromSeconds(0.499);
        signals.Received();
        exits.ShouldBeEmpty();
        time.Now = TimeSpan.FromSeconds(0.5);
        signals.Received();
        exits.ShouldBe([ExitCode.Failed]);
    }

    [Fact]
    public void An_orderly_stop_has_five_seconds()
    {
        var exits = new List<int>();
        var time = new HandMovedTime();
        using var signals = new StopSignals(time, exits.Add);
        signals.Received();
        time.LastDueTime.ShouldBe(TimeSpan.FromSeconds(5));
        exits.ShouldBeEmpty();
        time.Fire();
        exits.ShouldBe([ExitCode.Failed]);
    }

    /// <summary>One timer that goes off when the test says so.</summary>
    private sealed class HandMovedTime : TimeProvider
    {
        private Action? _fire;

        public TimeSpan LastDueTime { get; private set; }

        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Fire() => _fire?.Invoke();

        public override long GetTimestamp() => Now.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            LastDueTime = dueTime;
            _fire = () => callback(state);
            return new Still();
        }

        private sealed class Still : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
