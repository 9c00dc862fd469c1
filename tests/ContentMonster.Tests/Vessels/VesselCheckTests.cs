using System.Net;
using System.Net.Sockets;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class VesselCheckTests
{
    [Fact]
    public async Task Of_a_sound_vessel_all_is_told_and_nothing_is_left_there()
    {
        await using CheckRig rig = await CheckRig.StartAsync();
        IReadOnlyList<VesselFinding> findings = await rig.RunAsync();
        findings.ShouldNotContain(finding => finding.Grade == FindingGrade.Bad, Told(findings));
        One(findings, "reach").ShouldContain($"127.0.0.1, port {rig.Sshd.Port}, OpenSSH");
        One(findings, "host key").ShouldContain($"newly pinned in {rig.KnownHosts}");
        One(findings, "congestion").ShouldBe($"{TcpCongestion.OfSystem()}, the system's own: the vessel is this machine (CongestionControl = auto)");
        One(findings, "login").ShouldContain($"as {rig.Sshd.User} by publickey, key {rig.Sshd.ClientKeyFile}");
        One(findings, "ssh config").ShouldContain("direct");
        One(findings, "SFTP").ShouldContain("posix-rename, fsync, statvfs, limits; writes of up to 255 KiB");
        One(findings, "shell").ShouldContain("sees the same files");
        One(findings, "verification").ShouldContain("on the vessel");
        One(findings, "destination").ShouldContain("is there and writable");
        One(findings, "free space").ShouldContain(rig.Scratch["inbox"]);
        One(findings, "leftovers").ShouldContain("none in");
        One(findings, "round trip").ShouldEndWith(" ms");
        One(findings, "rate").ShouldContain("/s on one lane");
        Directory.EnumerateFileSystemEntries(rig.Scratch["inbox"]).ShouldBeEmpty();

        IReadOnlyList<VesselFinding> again = await rig.RunAsync();
        One(again, "host key").ShouldContain($"known from {rig.KnownHosts}:1");
    }

    [Fact]
    public async Task That_a_vessel_does_not_tell_upper_from_lower_case_is_told_with_what_to_do()
    {
        using var home = new ScratchDirectory();
        await using var folding = new LyingSftpServer(home.Path, request => (LyingSftpServer.Folded(request), null), LyingSftpServer.Framed);
        await using CheckRig rig = await CheckRig.StartAsync(new() { SftpProgram = folding.Command });
        IReadOnlyList<VesselFinding> findings = await rig.RunAsync();
        VesselFinding names = findings.Single(finding => finding.What == "names");
        names.Grade.ShouldBe(FindingGrade.Doubtful);
        names.Text.ShouldStartWith(rig.Scratch["inbox"] + " does not tell upper from lower case");
        names.Text.ShouldEndWith("Give them names that differ in more than case.");

        await using CheckRig honest = await CheckRig.StartAsync();
        (await honest.RunAsync()).ShouldNotContain(finding => finding.What == "names");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(400)] // more than is kept of its last words
    public async Task A_banner_that_looks_like_ssh_changes_nothing_of_what_is_told_of_the_host_key(int times)
    {
        using var scratch = new ScratchDirectory();
        string lines = "debug1: Remote protocol version 2.0, remote software version FORGED\ndebug1: Server host key: ssh-ed25519 SHA256:FORGED\ndebug1: Found key in FORGED:1\n"
            + "Warning: Permanently added 'FORGED' (ED25519) to the list of known hosts.\ndebug1: Server accepts key: FORGED ED25519 SHA256:FORGED\nAuthenticated to x using \"FORGED\".\n";
        File.WriteAllText(scratch["banner"], string.Concat(Enumerable.Repeat(lines, times)));
        await using CheckRig rig = await CheckRig.StartAsync(new() { ConfigLines = [$"Banner {scratch["banner"]}"] });
        One(await rig.RunAsync(), "host key").ShouldContain("newly pinned");
        IReadOnlyList<VesselFinding> again = await rig.RunAsync();
        Told(again).ShouldNotContain("FORGED");
        One(again, "host key").ShouldMatch($"^ssh-ed25519 SHA256:.*, known from {rig.KnownHosts}:1$");
    }

    [Fact]
    public async Task The_rate_told_keeps_to_the_bandwidth_limit()
    {
        await using CheckRig rig = await CheckRig.StartAsync();
        rig.Settings = rig.Settings with { BandwidthLimit = 1 << 20 };
        string rate = One(await rig.RunAsync(), "rate");
        rate.ShouldContain("BandwidthLimit is 1.0 MiB/s");
        rate.ShouldMatch(@"^(\d+ KiB|\d+\.\d KiB|1\.[0-4] MiB)/s on one lane");
    }

    [Fact]
    public async Task A_very_low_bandwidth_limit_does_not_take_more_than_the_time_there_is()
    {
        await using CheckRig rig = await CheckRig.StartAsync();
        rig.Settings = rig.Settings with { BandwidthLimit = 1024 };
        IReadOnlyList<VesselFinding> findings = await rig.RunAsync();
        findings.ShouldNotContain(finding => finding.Grade == FindingGrade.Bad, Told(findings));
        One(findings, "rate").ShouldContain("BandwidthLimit is 1.0 KiB/s");
    }

    [Fact]
    public async Task One_that_is_stopped_leaves_nothing_either()
    {
        await using CheckRig rig = await CheckRig.StartAsync();

        // In the middle of the file that measures the rate.
        rig.Settings = rig.Settings with { BandwidthLimit = 64 << 10 };
        using var stop = new CancellationTokenSource();
        Task checking = rig.RunAsync(stop.Token);
        await Eventually.BeTrueAsync(() => Directory.EnumerateFiles(rig.Scratch["inbox"]).Any(file => new FileInfo(file).Length > 4096), "it sends");
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(checking);
        Directory.EnumerateFileSystemEntries(rig.Scratch["inbox"]).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_destination_that_is_missing_can_be_made_and_is_not_left()
    {
        await using CheckRig rig = await CheckRig.StartAsync();
        rig.Destinations = [BytePath.FromText(rig.Scratch["far/below"])];
        IReadOnlyList<VesselFinding> findings = await rig.RunAsync();
        One(findings, "destination").ShouldContain("is missing and can be made");
        Directory.Exists(rig.Scratch["far"]).ShouldBeFalse();
    }

    [Fact]
    public async Task A_destination_that_cannot_be_written_fails_with_what_to_do()
    {
        await using CheckRig rig = await CheckRig.StartAsync();
        File.WriteAllText(rig.Scratch["file"], "");
        rig.Destinations = [BytePath.FromText("/proc/contentmonster"), BytePath.FromText(rig.Scratch["file"]), BytePath.FromText(rig.Scratch["inbox"])];
        IReadOnlyList<VesselFinding> findings = await rig.RunAsync();
        VesselFinding[] destinations = [.. findings.Where(finding => finding.What == "destination")];
        destinations.Select(finding => finding.Grade).ShouldBe([FindingGrade.Bad, FindingGrade.Bad, FindingGrade.Good], Told(findings));
        destinations[1].Text.ShouldContain("it is no directory");
        destinations[1].Text.ShouldContain("Move away what stands at the destination");
    }

    [Fact]
    public async Task A_read_only_server_fails_at_the_destination()
    {
        await using CheckRig rig = await CheckRig.StartAsync(new() { SftpProgram = "internal-sftp -R" });
        IReadOnlyList<VesselFinding> findings = await rig.RunAsync();
        VesselFinding destination = findings.Single(finding => finding.What == "destination");
        destination.Grade.ShouldBe(FindingGrade.Bad, Told(findings));
        destination.Text.ShouldContain("Give the login user write access");
        findings.ShouldNotContain(finding => finding.What == "rate");
    }

    [Fact]
    public async Task Without_a_shell_it_says_what_verification_does_then()
    {
        await using CheckRig rig = await CheckRig.StartAsync(new() { ConfigLines = ["ForceCommand internal-sftp"], SftpProgram = "internal-sftp" });
        IReadOnlyList<VesselFinding> findings = await rig.RunAsync();
        findings.ShouldNotContain(finding => finding.Grade == FindingGrade.Bad, Told(findings));
        findings.Single(finding => finding.What == "shell").Grade.ShouldBe(FindingGrade.Doubtful);
        One(findings, "verification").ShouldContain("marked unverified");

        rig.Settings = rig.Settings with { Verify = VerifyPolicy.Readback };
        One(await rig.RunAsync(), "verification").ShouldContain("reading every file back");
        rig.Settings = rig.Settings with { Assembly = AssemblyWay.Cat, TempDir = rig.Scratch["temp"] };
        findings = await rig.RunAsync();
        findings.Single(finding => finding.What == "shell").Grade.ShouldBe(FindingGrade.Bad, Told(findings));
    }

    [Fact]
    public async Task Extensions_that_a_server_lacks_are_named_with_what_is_lost()
    {
        await using CheckRig rig = await CheckRig.StartAsync(new() { SftpProgram = "internal-sftp -P posix-rename,fsync,statvfs,limits" });
        IReadOnlyList<VesselFinding> findings = await rig.RunAsync();
        string told = Told(findings.Where(finding => finding.Grade == FindingGrade.Doubtful));
        foreach (string name in new[] { "posix-rename@openssh.com is missing: ", "fsync@openssh.com is missing: ", "statvfs@openssh.com is missing: " })
        {
            told.ShouldContain(name);
        }
    }

    [Fact]
    public async Task A_dead_port_fails_at_once()
    {
        await using CheckRig rig = await CheckRig.StartAsync();
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        int port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        rig.Settings = rig.Settings with { Port = port };
        IReadOnlyList<VesselFinding> findings = await rig.RunAsync();
        findings.Select(finding => finding.What).ShouldBe(["ssh config", "reach"]);
        findings[^1].Grade.ShouldBe(FindingGrade.Bad);
        findings[^1].Text.ShouldContain("Connection refused. Check that the vessel is up");
    }

    [Fact]
    public async Task A_changed_host_key_fails_after_reach()
    {
        await using CheckRig rig = await CheckRig.StartAsync();
        string other = rig.Scratch["other"];
        (await ProcessText.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", other])).Exit.ExitCode.ShouldBe(0);
        string[] key = File.ReadAllText(other + ".pub").Split(' ');
        File.WriteAllText(rig.KnownHosts, $"[127.0.0.1]:{rig.Sshd.Port} {key[0]} {key[1].Trim()}\n");
        IReadOnlyList<VesselFinding> findings = await rig.RunAsync();
        findings.Select(finding => finding.What).ShouldBe(["ssh config", "reach", "host key"], Told(findings));
        findings[^1].Grade.ShouldBe(FindingGrade.Bad);
        findings[^1].Text.ShouldContain(rig.KnownHosts);
        findings[^1].Text.ShouldContain("contentmonster retry");
    }

    [Fact]
    public async Task A_wrong_key_fails_at_the_login()
    {
        await using CheckRig rig = await CheckRig.StartAsync();
        string other = rig.Scratch["other"];
        (await ProcessText.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", other])).Exit.ExitCode.ShouldBe(0);
        rig.Settings = rig.Settings with { IdentityFile = other };
        IReadOnlyList<VesselFinding> findings = await rig.RunAsync();
        findings.Select(finding => finding.What).ShouldBe(["ssh config", "reach", "host key", "login"], Told(findings));
        findings[^1].Grade.ShouldBe(FindingGrade.Bad);
        findings[^1].Text.ShouldContain("Permission denied");
        findings[^1].Text.ShouldNotContain("debug1");
    }

    [Fact]
    public async Task A_server_without_SFTP_is_named_after_the_login()
    {
        await using CheckRig rig = await CheckRig.StartAsync(new() { SftpProgram = "/bin/false" });
        IReadOnlyList<VesselFinding> findings = await rig.RunAsync();
        findings.Select(finding => finding.What).ShouldBe(["ssh config", "reach", "host key", "login", "SFTP"], Told(findings));
        findings[^1].Grade.ShouldBe(FindingGrade.Bad);
        findings[^1].Text.ShouldNotContain("debug1");
    }

    [Fact]
    public async Task TempDir_is_proved_and_left_as_it_was()
    {
        await using CheckRig rig = await CheckRig.StartAsync();
        rig.Settings = rig.Settings with { TempDir = rig.Scratch["temp"] };
        IReadOnlyList<VesselFinding> findings = await rig.RunAsync();
        string[] temp = [.. findings.Where(finding => finding.What == "TempDir").Select(finding => finding.Text)];
        temp[0].ShouldContain("is safe");
        temp[1].ShouldContain("can be renamed");
        Directory.Exists(rig.Scratch["temp"]).ShouldBeFalse();
        Directory.EnumerateFileSystemEntries(rig.Scratch["inbox"]).ShouldBeEmpty();

        Directory.CreateSymbolicLink(rig.Scratch["planted"], rig.Scratch["inbox"]);
        rig.Settings = rig.Settings with { TempDir = rig.Scratch["planted"] };
        (await rig.RunAsync()).Single(finding => finding.What == "TempDir").Grade.ShouldBe(FindingGrade.Bad);
    }

    [Fact]
    public async Task TempDir_on_another_file_system_means_copies()
    {
        Assert.SkipUnless(Directory.Exists("/dev/shm"), "There is no /dev/shm to be another file system.");
        await using CheckRig rig = await CheckRig.StartAsync();
        string temp = Path.Combine("/dev/shm", "cm-check-" + PartName.NewId());
        rig.Settings = rig.Settings with { TempDir = temp };
        IReadOnlyList<VesselFinding> findings = await rig.RunAsync();
        VesselFinding renamed = findings.Last(finding => finding.What == "TempDir");
        renamed.Grade.ShouldBe(FindingGrade.Doubtful, Told(findings));
        renamed.Text.ShouldContain("another file system");
        Directory.Exists(temp).ShouldBeFalse();
    }

    [Fact]
    public async Task Leftovers_of_others_are_named_and_stay()
    {
        await using CheckRig rig = await CheckRig.StartAsync();
        BytePath ours = PartName.Sibling(rig.Destinations[0].Join(BytePath.FromText("ours")), PartName.NewId());
        BytePath other = PartName.Sibling(rig.Destinations[0].Join(BytePath.FromText("other")), PartName.NewId());
        File.WriteAllText(ours.ToString(), "");
        File.WriteAllText(other.ToString(), "");
        rig.OurParts.Add(ours);
        string shore = PartName.NewId();
        Directory.CreateDirectory(Path.Combine(rig.Scratch["temp"], shore));
        string[] pythons = [$"{Guid.NewGuid()}_0.part", $"{Guid.NewGuid()}_complete.part"];
        pythons.ToList().ForEach(name => File.WriteAllText(Path.Combine(rig.Scratch["temp"], name), "x"));
        File.WriteAllText(Path.Combine(rig.Scratch["temp"], "some_0.part"), "x");
        rig.Settings = rig.Settings with { TempDir = rig.Scratch["temp"] };
        IReadOnlyList<VesselFinding> findings = await rig.RunAsync();
        string[] leftovers = [.. findings.Where(finding => finding.What == "leftovers").Select(finding => finding.Text)];
        leftovers.ShouldContain(text => text.Contains($"1 unfinished file in {rig.Scratch["inbox"]}", StringComparison.Ordinal) && text.Contains(other.Name.ToString(), StringComparison.Ordinal));
        leftovers.ShouldContain(text => text.Contains(shore, StringComparison.Ordinal) && pythons.All(name => text.Contains(name, StringComparison.Ordinal)) && text.StartsWith("3 ", StringComparison.Ordinal));
        Told(findings).ShouldNotContain(ours.Name.ToString());
        File.Exists(other.ToString()).ShouldBeTrue();
        Directory.Exists(Path.Combine(rig.Scratch["temp"], shore)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_port_that_is_open_and_silent_is_over_in_time()
    {
        await using CheckRig rig = await CheckRig.StartAsync();
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        rig.Settings = rig.Settings with { Port = ((IPEndPoint)silent.LocalEndpoint).Port, Timeout = TimeSpan.FromSeconds(1) };
        IReadOnlyList<VesselFinding> findings = await rig.RunAsync();
        findings[^1].Grade.ShouldBe(FindingGrade.Bad, Told(findings));
        findings[^1].What.ShouldBe("reach");
    }

    [Fact]
    public async Task A_command_that_hangs_is_named_and_not_taken_for_missing()
    {
        using var tools = new ScratchDirectory();
        foreach ((string tool, string line) in new[] { ("openssl", "exec sleep 60"), ("sha256sum", "exit 1"), ("shasum", "exit 1"), ("sha256", "exit 1"), ("busybox", "exit 1"), ("digest", "exit 1") })
        {
            await File.WriteAllTextAsync(tools[tool], $"#!/bin/sh\n{line}\n", TestContext.Current.CancellationToken);
            Support.Posix.Run("chmod", "755", tools[tool]);
        }

        await using CheckRig rig = await CheckRig.StartAsync(
            new ThrowawaySshdOptions { Variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = $"{tools.Path}:/usr/bin:/bin" } });
        IReadOnlyList<VesselFinding> findings = await rig.RunAsync();
        One(findings, "command").ShouldStartWith("openssl is not over after 8 s.");
        findings.Single(finding => finding.What == "verification").Grade.ShouldBe(FindingGrade.Bad, Told(findings));
        One(findings, "rate").ShouldNotBeEmpty();
    }

    private static string One(IReadOnlyList<VesselFinding> findings, string what) =>
        findings.FirstOrDefault(finding => finding.What == what)?.Text ?? throw new ShouldAssertException($"Nothing about {what} in:\n{Told(findings)}");

    private static string Told(IEnumerable<VesselFinding> findings) => string.Join('\n', findings.Select(finding => $"{finding.Grade} {finding.What}: {finding.Text}"));
}
