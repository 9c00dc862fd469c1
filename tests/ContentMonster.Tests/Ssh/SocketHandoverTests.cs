using ContentMonster.Daemon.Demo;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Tests.Ssh;

/// <summary>This process opens the socket, and hands it to ssh.</summary>
public sealed class SocketHandoverTests : SocketOpenerTests
{
    private const int Many = 12;

    protected override bool HandsOver => true;

    public override ValueTask InitializeAsync()
    {
        SocketHandover.Works.ShouldBeTrue("This system does not let a process take a descriptor of its grandchild: allow pidfd_getfd(2) to run these tests.");
        return base.InitializeAsync();
    }

    [Fact]
    public async Task Each_of_many_at_once_gets_its_own()
    {
        (string Output, SshExit Exit)[] all = await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => CommandAsync(Target, "echo $SSH_CONNECTION")));
        all.ShouldAllBe(one => one.Exit.ExitCode == 0);
        all.Select(one => one.Output.Split(' ')[1]).Distinct(StringComparer.Ordinal).Count().ShouldBe(Many);
    }

    [Fact]
    public async Task Nothing_of_the_handover_is_left_or_told()
    {
        SshConfiguration configuration = await SshConfiguration.AskAsync(Target, Token);
        await using SshProcess ssh = SshProcess.StartCommand(Target, "echo; cat", configuration);
        byte[] first = new byte[1];
        (await ssh.Transport.ReadAsync(first, Token)).ShouldBe(1);
        ssh.ErrorText.ShouldNotContain("contentmonster-socket");
        string children = await File.ReadAllTextAsync($"/proc/{ssh.ProcessId}/task/{ssh.ProcessId}/children", Token);
        children.Trim().ShouldBeEmpty();
    }

    [Fact]
    public async Task An_ssh_that_is_ended_before_it_has_its_connection_is_gone_at_once()
    {
        SshConfiguration configuration = await SshConfiguration.AskAsync(Target, Token);
        SshProcess ssh = SshProcess.StartCommand(Target, "true", configuration);
        await ssh.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(15), Token);
        ssh.Exited.IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task Logged_in_it_keeps_its_congestion_control_and_our_descriptor_of_it_ends_with_ssh()
    {
        string algorithm = TcpCongestion.IsAllowed("bbr") ? "bbr" : "reno";
        SshTarget target = Target with { CongestionControl = algorithm };
        await using SshProcess ssh = SshProcess.StartCommand(target, "echo; cat", await SshConfiguration.AskAsync(target, Token));
        (await ssh.Transport.ReadAsync(new byte[1], Token)).ShouldBe(1);
        HashSet<string> shared = [];
        await Support.Eventually.BeTrueAsync(() => (shared = [.. Sockets("self").Intersect(Sockets($"{ssh.ProcessId}"), StringComparer.Ordinal)]).Count > 0, "our own descriptor of the connection is there");
        ssh.LoggedIn();
        ssh.Tcp().ShouldNotBeNull().CongestionControl.ShouldBe(algorithm);
        await ssh.Transport.WriteAsync("x"u8.ToArray(), Token);
        (await ssh.Transport.ReadAsync(new byte[1], Token)).ShouldBe(1);
        ssh.LoggedIn();
        ProcessTree.Kill(ProcessTree.DescendantsOf(Environment.ProcessId).Where(found => found.ProcessId == ssh.ProcessId));
        await Support.Eventually.BeTrueAsync(() => !Sockets("self").Overlaps(shared), "the connection ends with ssh");
        ssh.LoggedIn();
    }

    private static HashSet<string> Sockets(string process) =>
        [.. new DirectoryInfo($"/proc/{process}/fd").EnumerateFileSystemInfos().Select(descriptor => descriptor.LinkTarget).OfType<string>().Where(target => target.StartsWith("socket:", StringComparison.Ordinal))];
}
