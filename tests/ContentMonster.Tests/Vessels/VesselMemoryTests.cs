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
    public void Check_file_is_done_without_for_an_hour_when_it_ended_three_connections_within_one()
    {
        var time = new ManualTime();
        int told = 0;
        var memory = new VesselMemory { WithoutCheckFile = () => told++ };
        EndThree(() => time.Advance(TimeSpan.FromMinutes(31)));
        (memory.AvoidsCheckFile(time), told).ShouldBe((false, 0));
        memory.CheckFileAnswered();
        memory.CheckFileEnded(surely: true, time);
        (memory.AvoidsCheckFile(time), told).ShouldBe((true, 1));
        time.Advance(TimeSpan.FromMinutes(59));
        memory.AvoidsCheckFile(time).ShouldBeTrue();
        time.Advance(TimeSpan.FromMinutes(2));
        memory.AvoidsCheckFile(time).ShouldBeFalse();
        EndThree(memory.CheckFileAnswered);
        (memory.AvoidsCheckFile(time), told).ShouldBe((true, 2));
        memory.ForgetHanging();
        memory.AvoidsCheckFile(time).ShouldBeFalse();

        void EndThree(Action between)
        {
            memory.CheckFileEnded(surely: true, time);
            between();
            memory.CheckFileEnded(surely: true, time);
            between();
            memory.CheckFileEnded(surely: true, time);
        }
    }

    [Fact]
    public void What_may_have_been_the_link_counts_as_check_files_doing_three_times_in_a_row()
    {
        var time = new ManualTime();
        var memory = new VesselMemory();
        foreach (Action between in new[] { memory.CheckFileAnswered, memory.ForgetHanging })
        {
            memory.CheckFileEnded(surely: false, time);
            memory.CheckFileEnded(surely: false, time);
            between();
        }

        memory.CheckFileEnded(surely: false, time);
        memory.CheckFileEnded(surely: false, time);
        memory.AvoidsCheckFile(time).ShouldBeFalse();
        memory.CheckFileEnded(surely: false, time);
        memory.AvoidsCheckFile(time).ShouldBeTrue();
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
