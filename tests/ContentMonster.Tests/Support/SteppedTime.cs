namespace ContentMonster.Tests.Support;

/// <summary>The machine's clock, put forward or back by hand, while its timers run on.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private long _ticks;

    public TimeSpan Offset
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _ticks));
        set => Interlocked.Exchange(ref _ticks, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
}
