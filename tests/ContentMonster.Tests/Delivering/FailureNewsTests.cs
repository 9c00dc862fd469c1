using ContentMonster.Delivering;
using ContentMonster.Model;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Delivering;

public sealed class FailureNewsTests
{
    [Fact]
    public void Some_of_each_kind_may_be_told_in_a_minute_and_the_first_that_may_not_is_known()
    {
        var time = new ManualTime();
        var news = new FailureNews();
        for (int minute = 0; minute < 3; minute++)
        {
            Enumerable.Range(0, FailureNews.MostInAMinute).ShouldAllBe(_ => news.MayTell(FailureKind.PartMissing, time) == true);
            news.MayTell(FailureKind.PartMissing, time).ShouldBeNull();
            news.MayTell(FailureKind.PartMissing, time).ShouldBe(false);
            news.MayTell(FailureKind.DestinationRefused, time).ShouldBe(true);
            time.Advance(TimeSpan.FromMinutes(1));
        }
    }
}
