using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class CongestionReportTests
{
    private static readonly SocketPlan NoBbr = new(IsOurs: true, null, "the kernel does not have bbr, or does not allow it to this user");

    private static readonly CongestionReport Refused = new("auto", NoBbr, "cubic", "cubic", ["reno", "cubic"], ["reno", "cubic"], ThroughOther: false);

    [Fact]
    public void Where_bbr_is_not_allowed_it_says_how_to_allow_it_and_keeps_what_is_allowed()
    {
        VesselFinding finding = Refused.Finding();
        finding.Grade.ShouldBe(FindingGrade.Doubtful);
        finding.Text.ShouldStartWith("cubic, the system's own, because the kernel does not have bbr");
        finding.Text.ShouldContain("`modprobe tcp_bbr` and `sysctl -w net.ipv4.tcp_allowed_congestion_control=\"reno cubic bbr\"`");
    }

    [Fact]
    public void A_module_that_is_loaded_needs_no_loading() =>
        (Refused with { Available = ["reno", "cubic", "bbr"] }).Finding().Text.ShouldNotContain("modprobe");

    [Fact]
    public void In_use_is_told_with_the_setting()
    {
        var report = new CongestionReport("auto", new(IsOurs: true, "bbr", null), "bbr", "cubic", ["reno", "bbr"], ["reno", "bbr"], ThroughOther: false);
        report.Finding().ShouldBe(new VesselFinding("congestion", FindingGrade.Good, "bbr, chosen for each connection (CongestionControl = auto)"));
        (report with { AllowedToAll = ["reno"] }).Finding().Text.ShouldContain("free for root only");
    }

    [Fact]
    public void Left_to_ssh_is_no_trouble()
    {
        var report = new CongestionReport("off", SocketPlan.LeftToSsh, "cubic", "cubic", [], [], ThroughOther: false);
        report.Finding().Text.ShouldBe("cubic, the system's own: ssh opens the connections (CongestionControl = off)");
        (report with { Wanted = "auto" }).Finding().Text.ShouldContain("the vessel is this machine");
        (report with { Wanted = "auto", Plan = new(IsOurs: false, null, "the way goes through a ProxyJump, so ssh opens the connection"), ThroughOther = true }).Finding().ShouldSatisfyAllConditions(
            finding => finding.Grade.ShouldBe(FindingGrade.Good), finding => finding.Text.ShouldContain("ProxyJump"));
    }

    [Fact]
    public void A_name_that_the_kernel_refuses_is_named() =>
        (Refused with { Wanted = "westwood", Plan = NoBbr with { Shortfall = "the kernel does not have westwood, or does not allow it to this user" } }).Finding().Text
            .ShouldContain("modprobe tcp_westwood");
}
