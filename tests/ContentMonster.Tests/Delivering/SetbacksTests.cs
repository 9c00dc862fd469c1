using ContentMonster.Delivering;
using ContentMonster.Model;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Delivering;

public sealed class SetbacksTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_file_that_lost_its_link_waits_a_moment()
    {
        var setbacks = new Setbacks(_time);
        setbacks.AnyCooling.ShouldBeFalse();
        setbacks.Lost(7).ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(999));
        setbacks.Cooling().ShouldBe([7]);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        setbacks.Cooling().ShouldBeEmpty();
        setbacks.AnyCooling.ShouldBeFalse();
    }

    [Fact]
    public void The_third_loss_of_one_file_is_told_unless_it_was_delivered_in_between()
    {
        var setbacks = new Setbacks(_time);
        setbacks.Lost(1).ShouldBeFalse();
        setbacks.Lost(2).ShouldBeFalse();
        setbacks.Lost(1).ShouldBeFalse();
        setbacks.Delivered(1);
        setbacks.Lost(1).ShouldBeFalse();
        setbacks.Lost(2).ShouldBeFalse();
        setbacks.Lost(2).ShouldBeTrue();
    }

    [Fact]
    public void Eight_files_in_a_row_that_fail_alike_are_the_vessels_trouble()
    {
        var setbacks = new Setbacks(_time);
        for (int file = 1; file < 8; file++)
        {
            setbacks.Failed(FailureKind.VesselFull).ShouldBeFalse();
            setbacks.Failed(FailureKind.SourceUnreadable).ShouldBeFalse(); // The shore's own, neither counted nor breaking the row.
        }

        setbacks.Failed(FailureKind.VesselFull).ShouldBeTrue();
    }

    [Fact]
    public void A_delivery_or_another_reason_breaks_the_row()
    {
        var setbacks = new Setbacks(_time);
        for (int round = 0; round < 5; round++)
        {
            Enumerable.Range(0, 7).ShouldAllBe(_ => !setbacks.Failed(FailureKind.PermissionDenied));
            if (round % 2 == 0)
            {
                setbacks.Delivered(1);
            }
            else
            {
                setbacks.Failed(FailureKind.Refused).ShouldBeFalse();
            }
        }
    }
}
