using ContentMonster.Archiving;
using ContentMonster.Ledger;

namespace ContentMonster.Tests.Archiving;

public sealed class RetentionClockTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(24 * 30, 24 * 30, false)]
    [InlineData(24 * 30, (24 * 30) + 1, true)]
    [InlineData(24 * 30, 24 * 365 * 10, true)]
    [InlineData(24 * 30, -24 * 365, false)]
    [InlineData(0.001, 0.16, false)]
    [InlineData(0.001, 0.17, true)]
    public void A_leap_of_more_than_the_retention_is_in_doubt(double keptHours, double hoursSinceTheLook, bool doubted) =>
        RetentionClock.DoubtedAt(new HeldArchive(0, Now.AddHours(-hoursSinceTheLook), null), TimeSpan.FromHours(keptHours), Now).ShouldBe(doubted ? Now : null);

    [Fact]
    public void The_first_look_is_in_no_doubt() => RetentionClock.DoubtedAt(new HeldArchive(0, null, null), TimeSpan.FromDays(1), Now).ShouldBeNull();

    [Theory]
    [InlineData(24 * 30, 23.9, true)]
    [InlineData(24 * 30, 24, false)]
    [InlineData(2, 1.9, true)]
    [InlineData(2, 2, false)]
    public void The_doubt_ends_after_the_retention_or_a_day(double keptHours, double hoursOfDoubt, bool doubted)
    {
        DateTimeOffset since = Now.AddHours(-hoursOfDoubt);
        RetentionClock.DoubtedAt(new HeldArchive(0, Now.AddMinutes(-1), since), TimeSpan.FromHours(keptHours), Now).ShouldBe(doubted ? since : null);
    }

    [Fact]
    public void The_doubt_ends_when_the_clock_is_put_back() =>
        RetentionClock.DoubtedAt(new HeldArchive(0, Now.AddMinutes(1), Now.AddMinutes(-5)), TimeSpan.FromDays(30), Now).ShouldBeNull();
}
