using ContentMonster.Configuration;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Tests.Hosting;

public sealed class KernelLimitsTests
{
    [Fact]
    public void Open_files_are_counted_by_directory_vessel_and_connection()
    {
        KernelLimits.OpenFilesFor(Of(200)).ShouldBe(1278);
        KernelLimits.OpenFilesFor(Of(1, [null])).ShouldBe(341);
        KernelLimits.OpenFilesFor(Of(1, 64, 1)).ShouldBe(693);
    }

    [Fact]
    public void A_limit_of_open_files_that_is_too_low_is_told_with_what_to_raise()
    {
        KernelLimits.FewOpenFiles(Of(200), 1024).ShouldNotBeNull().ShouldSatisfyAllConditions(
            text => text.ShouldContain("200 [Directory] and 0 [Vessel] sections may need 1278 open files, and this process may have 1024"),
            text => text.ShouldContain("LimitNOFILE"),
            text => text.ShouldContain("ulimit -n"));
        KernelLimits.FewOpenFiles(Of(200), 1278).ShouldBeNull();
        KernelLimits.FewOpenFiles(Of(200), null).ShouldBeNull();
    }

    [Fact]
    public void A_limit_of_inotify_instances_that_is_too_low_is_told_with_what_to_raise()
    {
        KernelLimits.FewInstances(Of(121), 128).ShouldNotBeNull().ShouldContain("`sysctl fs.inotify.max_user_instances=258`");
        KernelLimits.FewInstances(Of(120), 128).ShouldBeNull();
        KernelLimits.FewInstances(Of(120), null).ShouldBeNull();
    }

    [Fact]
    public void An_ssh_that_cannot_be_started_for_want_of_descriptors_is_no_matter_of_PATH()
    {
        new SshStartException("ssh", 24, "Too many open files").Message.ShouldContain("Raise LimitNOFILE");
        new SshStartException("ssh", 2, "No such file or directory").Message.ShouldContain("on PATH");
    }

    private static Settings Of(int directories, params int?[] lanes) => new()
    {
        Path = "/s",
        Directories = [.. Enumerable.Range(0, directories).Select(number => new DirectorySettings { Name = $"d{number}", Location = $"/d{number}", RemoteLocation = "/r" })],
        Vessels = [.. lanes.Select((count, number) => new VesselSettings { Name = $"v{number}", Address = "a", Connections = count })],
    };
}
