using ContentMonster.Planning;

namespace ContentMonster.Tests.Planning;

public sealed class LanePlanTests
{
    private const double Windows = 100e6;
    private static readonly TimeSpan Far = TimeSpan.FromMilliseconds(60);

    [Theory]
    [InlineData(0.2, false, 1)]
    [InlineData(60, true, 1)]
    [InlineData(80, true, 2)]
    [InlineData(150, true, 4)]
    [InlineData(600, true, 4)]
    [InlineData(80, true, 2, 1 << 30)]
    [InlineData(150, true, 4, 255 << 20)]
    [InlineData(150, true, LanePlan.MostUnasked, 256 << 20)]
    [InlineData(600, true, 4, 1 << 30)]
    [InlineData(80, false, LanePlan.MostUnasked)]
    public void It_begins_with_what_the_way_the_pacing_and_the_backlog_call_for(double milliseconds, bool isPaced, int lanes, long waitingBytes = 0)
    {
        var plan = new LanePlan(asked: null, waitingBytes);
        plan.Connected(TimeSpan.FromMilliseconds(milliseconds), isPaced);
        plan.Lanes.ShouldBe(lanes);
    }

    [Theory]
    [InlineData(0, 2 << 20)]
    [InlineData(120, 2 << 20)]
    [InlineData(240, 512 << 10)]
    [InlineData(600, 256 << 10)]
    public void The_longer_the_way_the_less_is_worth_a_lane(double milliseconds, long bytes) =>
        LanePlan.BytesWorthALane(TimeSpan.FromMilliseconds(milliseconds)).ShouldBe(bytes);

    [Fact]
    public void A_number_that_was_asked_for_is_kept_whatever_is_measured()
    {
        var plan = new LanePlan(asked: 12);
        plan.Connected(Far, isPaced: true);
        Measure(plan, 1e6, Windows);
        Measure(plan, 1e6, Windows);
        plan.Lanes.ShouldBe(12);
    }

    [Fact]
    public void A_step_up_stays_while_it_raises_the_rate_and_never_goes_beyond_eight()
    {
        var plan = new LanePlan(asked: null);
        for (int measure = 0; measure < 20; measure++)
        {
            Measure(plan, plan.Lanes * 1e6, Windows);
        }

        plan.Lanes.ShouldBe(LanePlan.MostUnasked);
    }

    [Fact]
    public void A_step_up_that_does_not_pay_is_taken_back_and_not_tried_again_for_a_while()
    {
        var plan = new LanePlan(asked: null);
        Measure(plan, 3e6, Windows);
        plan.Lanes.ShouldBe(2);
        Measure(plan, 3.1e6, Windows);
        plan.Lanes.ShouldBe(1);
        for (int measure = 0; measure < 30; measure++)
        {
            Measure(plan, 3e6, Windows);
            plan.Lanes.ShouldBe(1);
        }

        Measure(plan, 3e6, Windows);
        plan.Lanes.ShouldBe(2);
    }

    [Fact]
    public void Where_the_windows_hold_the_lanes_back_all_of_them_are_opened_at_once_and_nearby_one_more()
    {
        var plan = new LanePlan(asked: null);
        plan.Connected(Far, isPaced: true);
        Measure(plan, 11e6, 26e6);
        plan.Lanes.ShouldBe(2);
        Measure(plan, 11e6, 52e6);
        plan.Lanes.ShouldBe(2);
        Measure(plan, 40e6, 52e6);
        plan.Lanes.ShouldBe(LanePlan.MostUnasked);
    }

    [Fact]
    public void A_moment_tells_that_the_windows_hold_all_lanes_back()
    {
        var plan = new LanePlan(asked: null);
        plan.Connected(Far, isPaced: true);
        plan.AreHeldBack(1, 20e6, 26e6).ShouldBeTrue();
        plan.AreHeldBack(1, 11e6, 26e6).ShouldBeFalse("a third is judged by a whole measure");
        plan.AreHeldBack(2, 40e6, 52e6).ShouldBeFalse("another is on its way home");
        new LanePlan(asked: 1).AreHeldBack(1, 20e6, 26e6).ShouldBeFalse();
    }

    [Theory]
    [InlineData(100e6, 1)]
    [InlineData(140e6, 2)]
    public void Over_a_short_way_windows_are_no_reason_but_the_rate_of_a_lane_is_one_for_a_second(double bytesPerSecond, int lanes)
    {
        var plan = new LanePlan(asked: null);
        plan.Connected(TimeSpan.FromMilliseconds(0.5), isPaced: false);
        plan.AreHeldBack(1, bytesPerSecond, 150e6).ShouldBe(lanes > 1);
        Measure(plan, bytesPerSecond, 150e6);
        plan.Lanes.ShouldBe(lanes);
        plan.AreHeldBack(lanes, bytesPerSecond, 150e6).ShouldBeFalse();
        Measure(plan, lanes * 400e6, 450e6);
        plan.Lanes.ShouldBe(2);
    }

    [Fact]
    public void Lanes_that_starve_one_another_in_the_queue_of_a_slow_link_go_home_but_not_for_loss_alone()
    {
        var plan = new LanePlan(asked: null);
        plan.Connected(TimeSpan.FromMilliseconds(1500), isPaced: true);
        double windowsAllow = 3 * 2_097_152 / 1.5;
        plan.Measured(3, 8_000, windowsAllow, queued: false);
        plan.Lanes.ShouldBe(4);
        for (int measure = 0; measure < 3; measure++)
        {
            plan.Lanes.ShouldBe(4);
            plan.Measured(3, 8_000, windowsAllow, queued: true);
        }

        plan.Lanes.ShouldBe(1);
        plan.Measured(3, 8_000, windowsAllow, queued: false);
        plan.Lanes.ShouldBe(1, "those are on their way home");
        plan.Measured(1, 8_000, windowsAllow / 3, queued: true);
        plan.Lanes.ShouldBe(1);
    }

    [Fact]
    public void After_an_outage_no_lane_goes_home_for_the_measures_that_it_fell_into()
    {
        var plan = new LanePlan(asked: null);
        plan.Connected(Far, isPaced: false);
        for (int outage = 0; outage < 10; outage++)
        {
            Measure(plan, 0, Windows);
            plan.Measured(plan.Lanes, 8_000, Windows, queued: true);
            plan.Measured(plan.Lanes, 100_000, Windows, queued: true);
            Measure(plan, 2e6, Windows);
            plan.Lanes.ShouldBe(LanePlan.MostUnasked);
        }
    }

    [Fact]
    public void A_paced_lane_is_given_time_before_another_is_tried_beside_it()
    {
        var plan = new LanePlan(asked: null);
        plan.Connected(Far, isPaced: true);
        for (int measure = 0; measure < 10; measure++)
        {
            Measure(plan, 3e6, Windows);
            plan.Lanes.ShouldBe(1);
        }

        Measure(plan, 3e6, Windows);
        plan.Lanes.ShouldBe(2);
    }

    private static void Measure(LanePlan plan, double bytesPerSecond, double windowsAllow) => plan.Measured(plan.Lanes, bytesPerSecond, windowsAllow, queued: false);
}
