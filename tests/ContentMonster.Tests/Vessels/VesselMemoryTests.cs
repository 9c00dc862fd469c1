using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class VesselMemoryTests
{
    // What the earliest retries come to: the most that an hour can hold.
    private const double Soonest = 0;

    [Theory]
    [InlineData(false, null, true, 2)]
    [InlineData(true, null, false, 0)]
    [InlineData(false, true, true, int.MaxValue)]
    [InlineData(true, true, true, 0)]
    [InlineData(false, false, false, 0)]
    [InlineData(true, false, false, 0)]
    public void What_is_dialled_at_once_hangs_on_the_last_login(bool byPassword, bool? lastWorked, bool sideBySide, int ahead)
    {
        var memory = new VesselMemory();
        if (lastWorked is bool worked)
        {
            memory.LoginWorks = worked;
        }

        (memory.MayDialSideBySide(byPassword), memory.MostAhead(byPassword)).ShouldBe((sideBySide, ahead));
        memory.OneAtATime = true;
        (memory.MayDialSideBySide(byPassword), memory.MostAhead(byPassword)).ShouldBe((false, 0));
    }

    [Fact]
    public void Check_file_is_done_without_when_it_ended_three_connections_within_an_hour()
    {
        var time = new ManualTime();
        int told = 0;
        var memory = new VesselMemory { WithoutCheckFile = () => told++ };
        memory.CheckFileEnded(time);
        memory.CheckFileEnded(time);
        (memory.AvoidsCheckFile(time), told).ShouldBe((false, 0));
        time.Advance(TimeSpan.FromMinutes(59));
        memory.CheckFileEnded(time);
        memory.CheckFileEnded(time);
        (memory.AvoidsCheckFile(time), told).ShouldBe((true, 1));
        time.Advance(TimeSpan.FromMinutes(2));
        memory.CheckFileEnded(time);
        (memory.AvoidsCheckFile(time), told).ShouldBe((true, 2));
        memory.ForgetHanging();
        memory.AvoidsCheckFile(time).ShouldBeFalse();
    }

    [Theory]
    [InlineData(false, false, 6)]
    [InlineData(true, false, 3)]
    [InlineData(true, true, 4)]
    public void A_refused_password_is_at_most_four_logins_in_an_hour_and_a_refused_key_six(bool byPassword, bool workedBefore, int most)
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
            logins.Add((memory.MayDialSideBySide(byPassword) ? 2 : 1) + memory.MostAhead(byPassword));
            memory.LoginWorks = false;
            at += Backoff.Next(FailureKind.LoginRefused, logins.Count, at, Soonest);
        }

        logins[0].ShouldBeLessThanOrEqualTo(4);
        logins.Skip(1).ShouldAllBe(count => count == 1);
        logins.Sum().ShouldBe(most);
    }

    [Fact]
    public async Task What_ssh_was_asked_early_serves_one_connection_that_comes_soon()
    {
        var time = new ManualTime();
        var memory = new VesselMemory();
        var configuration = new SshConfiguration { HostName = "ship", Port = 22, User = "root" };
        memory.TryTakeEarlyAnswer(time, out _).ShouldBeFalse();
        memory.AskedEarly(Task.FromResult(configuration), time);
        time.Advance(TimeSpan.FromSeconds(4));
        memory.TryTakeEarlyAnswer(time, out Task<SshConfiguration>? answer).ShouldBeTrue();
        (await answer!).ShouldBeSameAs(configuration);
        memory.TryTakeEarlyAnswer(time, out _).ShouldBeFalse();
        memory.AskedEarly(Task.FromResult(configuration), time);
        time.Advance(TimeSpan.FromSeconds(6));
        memory.TryTakeEarlyAnswer(time, out _).ShouldBeFalse();
    }
}
