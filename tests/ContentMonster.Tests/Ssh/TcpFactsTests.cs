using System.Net.Sockets;
using System.Text;
using ContentMonster.Daemon.Demo;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Ssh;

/// <summary>What the kernel tells of the connection that an ssh child has open.</summary>
public sealed class TcpFactsTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private ThrowawaySshd _sshd = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private SshTarget Target => new()
    {
        Host = "127.0.0.1", Port = _sshd.Port, User = _sshd.User, IdentityFile = _sshd.ClientKeyFile, KnownHostsFile = Path.Combine(_sshd.DirectoryPath, "known_hosts"),
    };

    private SshTarget TargetWithOurSocket => Target with { SocketProgram = Path.Combine(AppContext.BaseDirectory, "contentmonster"), CongestionControl = "reno" };

    public async ValueTask InitializeAsync() => _sshd = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions(), Token);

    public ValueTask DisposeAsync() => _sshd.DisposeAsync();

    [Fact]
    public async Task Of_a_socket_that_we_opened_they_name_our_algorithm_and_count_what_was_sent()
    {
        await using SshProcess ssh = await CatAsync(TargetWithOurSocket);
        TcpFacts before = ssh.Tcp().ShouldNotBeNull();
        before.CongestionControl.ShouldBe("reno");
        before.SegmentBytes.ShouldBeGreaterThan(0);
        before.RoundTrip.ShouldBeGreaterThan(TimeSpan.Zero);
        before.RoundTrip.ShouldBeLessThan(Deadline);

        const int bytes = 1 << 20;
        await EchoAsync(ssh, new byte[bytes]);
        TcpFacts after = ssh.Tcp().ShouldNotBeNull();
        (after.BytesSent - before.BytesSent).ShouldBeGreaterThan(bytes);
        after.BytesAcknowledged.ShouldBeGreaterThan(before.BytesAcknowledged);
        (after.BytesReceived - before.BytesReceived).ShouldBeGreaterThan(bytes);
        after.DeliveryBytesPerSecond.ShouldBeGreaterThan(0);
        after.LeastRoundTrip.ShouldNotBeNull().ShouldBeLessThanOrEqualTo(Deadline);
        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, Token);
        TimeSpan unheard = ssh.Tcp()!.Unheard;
        unheard.ShouldBeInRange(TimeSpan.FromMilliseconds(400), Deadline);
        await EchoAsync(ssh, new byte[1]);
        ssh.Tcp()!.Unheard.ShouldBeLessThan(unheard);
    }

    [Fact]
    public async Task Of_a_socket_that_ssh_opened_itself_they_are_known_too()
    {
        await using SshProcess ssh = await CatAsync(Target);
        ssh.Tcp().ShouldNotBeNull().CongestionControl.ShouldBe(TcpCongestion.OfSystem());
    }

    [Fact]
    public async Task Each_of_several_connections_to_one_server_has_its_own()
    {
        await using SshProcess idle = await CatAsync(Target);
        await using SshProcess busy = await CatAsync(Target);
        long idleBefore = idle.Tcp()!.BytesSent;
        await EchoAsync(busy, new byte[1 << 20]);
        busy.Tcp()!.BytesSent.ShouldBeGreaterThan(1 << 20);
        (idle.Tcp()!.BytesSent - idleBefore).ShouldBeLessThan(64 << 10);
    }

    [Fact]
    public async Task Once_ssh_has_left_there_are_none_and_nothing_holds_the_connection()
    {
        SshProcess ssh = await CatAsync(TargetWithOurSocket);
        ssh.Tcp().ShouldNotBeNull();
        HashSet<string> shared = [.. Sockets("self").Intersect(Sockets($"{ssh.ProcessId}"), StringComparer.Ordinal)];
        await ssh.DisposeAsync();
        ssh.Tcp().ShouldBeNull();
        Sockets("self").ShouldNotContain(socket => shared.Contains(socket));
    }

    [Fact]
    public async Task Through_a_proxy_command_there_are_none()
    {
        SshTarget target = Target with { Options = [$"ProxyCommand=/usr/bin/env nc 127.0.0.1 {_sshd.Port}"] };
        SshConfiguration configuration = await SshConfiguration.AskAsync(target, Token);
        await using SshProcess ssh = SshProcess.StartCommand(target, "cat", configuration);
        ssh.Tcp().ShouldBeNull();
    }

    [Fact]
    public void A_name_that_is_nobodys_finds_nothing()
    {
        SocketDiagnosis.Find(new HashSet<uint> { 1 }, 0).ShouldBeNull();
        byte[] nobody = new byte[49];
        nobody[0] = 2;
        SocketDiagnosis.Read(nobody).ShouldBeNull();
    }

    [Fact]
    public void A_kernel_that_tells_less_leaves_the_rest_at_zero()
    {
        TcpInfoLayout.Read(new byte[TcpInfoLayout.LeastLength - 1], "reno").ShouldBeNull();
        TcpFacts old = TcpInfoLayout.Read(new byte[TcpInfoLayout.LeastLength], "reno").ShouldNotBeNull();
        old.BytesSent.ShouldBe(0);
        old.LeastRoundTrip.ShouldBeNull();
    }

    private static string[] Sockets(string process) =>
        [.. Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Select(path => new FileInfo(path).LinkTarget ?? "").Where(target => target.StartsWith("socket:", StringComparison.Ordinal))];

    private static async Task<SshProcess> CatAsync(SshTarget target)
    {
        SshConfiguration configuration = await SshConfiguration.AskAsync(target, Token);
        SshProcess ssh = SshProcess.StartCommand(target, "exec cat", configuration);
        await EchoAsync(ssh, "ready"u8.ToArray());
        return ssh;
    }

    private static async Task EchoAsync(SshProcess ssh, byte[] bytes)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(Deadline);
        Task sent = ssh.Transport.WriteAsync(bytes, limit.Token).AsTask();
        await ssh.Transport.ReadExactlyAsync(new byte[bytes.Length], limit.Token);
        await sent;
    }
}
