namespace ContentMonster.Tests.Ledger;

/// <summary>A wall clock moved by hand.</summary>
internal sealed class HandClock : TimeProvider
{
    public DateTimeOffset Time { get; set; } = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Time;
}
