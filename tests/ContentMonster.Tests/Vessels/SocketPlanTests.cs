using ContentMonster.Sftp.Process;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class SocketPlanTests
{
    private static readonly SshConfiguration Direct = new() { HostName = "ship.example.com", Port = 22, User = "u" };

    [Theory]
    [InlineData("auto", "bbr", true, "bbr")]
    [InlineData("bbr", "bbr", true, "bbr")]
    [InlineData("cubic", "bbr cubic", true, "cubic")]
    [InlineData("auto", "cubic", true, null)]
    [InlineData("westwood", "bbr", true, null)]
    [InlineData("off", "bbr", false, null)]
    public void What_is_allowed_decides(string wanted, string allowed, bool isOurs, string? algorithm)
    {
        SocketPlan plan = SocketPlan.For(wanted, Direct, canOpen: true, name => allowed.Split(' ').Contains(name, StringComparer.Ordinal));
        plan.IsOurs.ShouldBe(isOurs);
        plan.Algorithm.ShouldBe(algorithm);
        (plan.Shortfall is not null).ShouldBe(wanted != "off" && algorithm is null);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void To_this_machine_auto_leaves_it_to_ssh_and_a_name_does_not(string host)
    {
        SocketPlan.For("auto", Direct with { HostName = host }, canOpen: true, static _ => true).ShouldBe(SocketPlan.LeftToSsh);
        SocketPlan.For("bbr", Direct with { HostName = host }, canOpen: true, static _ => true).Algorithm.ShouldBe("bbr");
    }

    [Fact]
    public void Through_others_or_on_other_systems_ssh_opens_it_and_the_reason_is_told()
    {
        SocketPlan.For("auto", Direct with { ProxyJump = "gate" }, canOpen: true, static _ => true).ShouldSatisfyAllConditions(
            plan => plan.IsOurs.ShouldBeFalse(), plan => plan.Shortfall.ShouldNotBeNull().ShouldContain("ProxyJump"));
        SocketPlan.For("bbr", Direct with { ProxyCommand = "nc" }, canOpen: true, static _ => true).Shortfall.ShouldNotBeNull().ShouldContain("ProxyCommand");
        SocketPlan.For("bbr", Direct with { IsBound = true }, canOpen: true, static _ => true).Shortfall.ShouldNotBeNull().ShouldContain("BindAddress");
        SocketPlan.For("auto", Direct, canOpen: false, static _ => true).Shortfall.ShouldNotBeNull().ShouldContain("Linux");
    }
}
