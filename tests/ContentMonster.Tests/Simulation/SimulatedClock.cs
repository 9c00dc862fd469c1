namespace ContentMonster.Tests.Simulation;

/// <summary>A clock that goes from timer to timer, and only when it is told to: timers due at the same time fire in the order they were set.</summary>
internal sealed class SimulatedClock : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly Lock _gate = new();
    private readonly SortedSet<Timer> _armed = new(Comparer<Timer>.Create(static (one, other) => (one.Due, one.Order).CompareTo((other.Due, other.Order))));

    // Guarded by _gate.
    private long _now;
    private long _order;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public TimeSpan Now => TimeSpan.FromTicks(GetTimestamp());

    public override long GetTimestamp()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    public override DateTimeOffset GetUtcNow() => Start + Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Time goes on to the next timer, which fires; false: there is none.</summary>
    public bool GoOn()
    {
        Timer next;
        lock (_gate)
        {
            if (_armed.Min is not { } first)
            {
                return false;
            }

            next = first;
            _armed.Remove(next);
            _now = Math.Max(_now, next.Due);
            if (next.Period > 0)
            {
                Arm(next, next.Period);
            }
        }

        next.Fire();
        return true;
    }

    private void Arm(Timer timer, long ticks)
    {
        (timer.Due, timer.Order) = (_now + ticks, _order++);
        _armed.Add(timer);
    }

    private sealed class Timer(SimulatedClock clock, TimerCallback callback, object? state) : ITimer
    {
        // All guarded by the clock's gate; Due and Order change only while the timer is not armed.
        public long Due { get; set; }

        public long Order { get; set; }

        public long Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                clock._armed.Remove(this);
                Period = Math.Max(0, period.Ticks);
                if (dueTime >= TimeSpan.Zero)
                {
                    clock.Arm(this, dueTime.Ticks);
                }

                return true;
            }
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
