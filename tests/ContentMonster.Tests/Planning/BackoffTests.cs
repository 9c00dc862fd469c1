using ContentMonster.Model;
using ContentMonster.Planning;

namespace ContentMonster.Tests.Planning;

public sealed class BackoffTests
{
    private const double Middle = 0.5;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(4, 8)]
    [InlineData(5, 8)]
    [InlineData(1000, 8)]
    public void In_the_first_minute_it_is_at_once_and_then_1_2_4_8_seconds(int failures, int seconds) =>
        Backoff.Next(FailureKind.Unreachable, failures, TimeSpan.FromSeconds(59.9), Middle).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData(60, 16)]
    [InlineData(119.9, 16)]
    [InlineData(120, 32)]
    [InlineData(480, 128)]
    [InlineData(960, 256)]
    [InlineData(1920, 300)]
    [InlineData(1e9, 300)]
    public void After_a_minute_the_wait_grows_with_the_outage_up_to_five(double failingForSeconds, int seconds) =>
        Backoff.Next(FailureKind.ConnectionLost, 9, TimeSpan.FromSeconds(failingForSeconds), Middle).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Fact]
    public void A_break_in_mid_transfer_is_never_waited_for() =>
        Backoff.Next(FailureKind.Stalled, 0, TimeSpan.FromDays(1), Middle).ShouldBe(TimeSpan.Zero);

    [Theory]
    [InlineData(FailureKind.LoginRefused, 0, 15)]
    [InlineData(FailureKind.LoginRefused, 1, 15)]
    [InlineData(FailureKind.HostKeyChanged, 2, 30)]
    [InlineData(FailureKind.HostKeyChanged, 4, 120)]
    [InlineData(FailureKind.LoginRefused, 5, 240)]
    [InlineData(FailureKind.LoginRefused, int.MaxValue, 240)]
    public void What_needs_people_waits_from_15_minutes_to_4_hours(FailureKind kind, int failures, int minutes) =>
        Backoff.Next(kind, failures, TimeSpan.Zero, Middle).ShouldBe(TimeSpan.FromMinutes(minutes));

    [Theory]
    [InlineData(0, 0.75)]
    [InlineData(Middle, 1)]
    [InlineData(0.9999999, 1.25)]
    public void Chance_spreads_by_a_quarter_to_both_sides(double chance, double factor) =>
        Backoff.Next(FailureKind.Unreachable, 4, TimeSpan.Zero, chance).TotalSeconds.ShouldBe(8 * factor, 0.001);

    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 5)]
    [InlineData(2, 10)]
    [InlineData(6, 160)]
    [InlineData(7, 300)]
    [InlineData(int.MaxValue, 300)]
    public void A_file_steps_back_from_5_seconds_to_5_minutes(int failures, int seconds) =>
        Backoff.StepBack(FailureKind.Refused, failures, Middle).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData(1, 120)]
    [InlineData(2, 240)]
    [InlineData(3, 300)]
    public void Under_a_command_that_hangs_it_steps_back_further_for_each_try_holds_up_the_others(int failures, int seconds) =>
        Backoff.StepBack(FailureKind.CommandHangs, failures, Middle).ShouldBe(TimeSpan.FromSeconds(seconds));
}
