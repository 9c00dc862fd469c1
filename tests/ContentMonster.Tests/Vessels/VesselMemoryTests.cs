using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class VesselMemoryTests
{
    // What the earliest retries come to: the most that an hour can hold.
    private const double Soonest = 0;

    [Theory]
    [InlineData(false, null, true, false)]
    [InlineData(true, null, false, false)]
    [InlineData(false, true, true, true)]
    [InlineData(true, true, true, false)]
    [InlineData(false, false, false, false)]
    [InlineData(true, false, false, false)]
    public void What_is_dialled_at_once_hangs_on_the_last_login(bool byPassword, bool? lastWorked, bool sideBySide, bool ahead)
    {
        var memory = new VesselMemory();
        if (lastWorked is bool worked)
        {
            memory.LoginWorks = worked;
        }

        (memory.MayDialSideBySide(byPassword), memory.MayDialAhead(byPassword)).ShouldBe((sideBySide, ahead));
        memory.OneAtATime = true;
        (memory.MayDialSideBySide(byPassword), memory.MayDialAhead(byPassword)).ShouldBe((false, false));
    }

    [Theory]
    [InlineData(false, false, 4)]
    [InlineData(true, false, 3)]
    [InlineData(true, true, 4)]
    public void A_refused_login_is_at_most_four_in_an_hour(bool byPassword, bool workedBefore, int most)
    {
        var memory = new VesselMemory();
        if (workedBefore)
        {
            memory.LoginWorks = true;
        }

        var logins = new List<int>();
        TimeSpan at = TimeSpan.Zero;
        while (at <= TimeSpan.FromHours(1))
        {
            memory.MayDialAhead(byPassword).ShouldBeFalse();
            logins.Add(memory.MayDialSideBySide(byPassword) ? 2 : 1);
            memory.LoginWorks = false;
            at += Backoff.Next(FailureKind.LoginRefused, logins.Count, at, Soonest);
        }

        logins[0].ShouldBeLessThanOrEqualTo(2);
        logins.Skip(1).ShouldAllBe(count => count == 1);
        logins.Sum().ShouldBe(most);
    }
}
