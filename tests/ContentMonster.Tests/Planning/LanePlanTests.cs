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
    [InlineData(80, false, LanePlan.MostUnasked)]
    public void It_begins_with_what_the_way_and_the_pacing_call_for(double milliseconds, bool isPaced, int lanes)
    {
        var plan = new LanePlan(asked: null);
        plan.Connected(TimeSpan.FromMilliseconds(milliseconds), isPaced);
        plan.Lanes.ShouldBe(lanes);
    }

    [Fact]
    public void A_number_that_was_asked_for_is_kept_whatever_is_measured()
    {
        var plan = new LanePlan(asked: 12);
        plan.Connected(Far, isPaced: true);
        plan.Measured(1e6, Windows);
        plan.Measured(1e6, Windows);
        plan.Lanes.ShouldBe(12);
    }

    [Fact]
    public void A_step_up_stays_while_it_raises_the_rate_and_never_goes_beyond_eight()
    {
        var plan = new LanePlan(asked: null);
        for (int measure = 0; measure < 20; measure++)
        {
            plan.Measured(plan.Lanes * 1e6, Windows);
        }

        plan.Lanes.ShouldBe(LanePlan.MostUnasked);
    }

    [Fact]
    public void A_step_up_that_does_not_pay_is_taken_back_and_not_tried_again_for_a_while()
    {
        var plan = new LanePlan(asked: null);
        plan.Measured(3e6, Windows);
        plan.Lanes.ShouldBe(2);
        plan.Measured(3.1e6, Windows);
        plan.Lanes.ShouldBe(1);
        for (int measure = 0; measure < 30; measure++)
        {
            plan.Measured(3e6, Windows);
            plan.Lanes.ShouldBe(1);
        }

        plan.Measured(3e6, Windows);
        plan.Lanes.ShouldBe(2);
    }

    [Fact]
    public void Where_the_windows_hold_the_lanes_back_all_of_them_are_opened_at_once_and_nearby_one_more()
    {
        var plan = new LanePlan(asked: null);
        plan.Connected(Far, isPaced: true);
        plan.Measured(11e6, 26e6);
        plan.Lanes.ShouldBe(2);
        plan.Measured(11e6, 52e6);
        plan.Lanes.ShouldBe(2);
        plan.Measured(40e6, 52e6);
        plan.Lanes.ShouldBe(LanePlan.MostUnasked);
    }

    [Fact]
    public void A_paced_lane_is_given_time_before_another_is_tried_beside_it()
    {
        var plan = new LanePlan(asked: null);
        plan.Connected(Far, isPaced: true);
        for (int measure = 0; measure < 10; measure++)
        {
            plan.Measured(3e6, Windows);
            plan.Lanes.ShouldBe(1);
        }

        plan.Measured(3e6, Windows);
        plan.Lanes.ShouldBe(2);
    }
}
