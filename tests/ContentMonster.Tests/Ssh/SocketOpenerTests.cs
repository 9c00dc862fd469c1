using System.Net;
using System.Net.Sockets;
using ContentMonster.Daemon.Demo;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Ssh;

/// <summary>Our executable opens the socket, ssh talks over it.</summary>
public class SocketOpenerTests : IAsyncLifetime
{
    private ThrowawaySshd _sshd = null!;

    /// <summary>Whether the test process itself opens it.</summary>
    protected virtual bool HandsOver => false;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected SshTarget Target => new()
    {
        HandsOver = HandsOver,
        Host = "127.0.0.1", Port = _sshd.Port, User = _sshd.User, IdentityFile = _sshd.ClientKeyFile, KnownHostsFile = Path.Combine(_sshd.DirectoryPath, "known_hosts"),
        SocketProgram = Path.Combine(AppContext.BaseDirectory, "contentmonster"), CongestionControl = "reno",
    };

    public virtual async ValueTask InitializeAsync() => _sshd = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions(), Token);

    public virtual ValueTask DisposeAsync() => _sshd.DisposeAsync();

    [Fact]
    public async Task Ssh_logs_in_over_the_socket_that_was_passed_to_it()
    {
        (string output, SshExit exit) = await CommandAsync(Target, "echo $SSH_CONNECTION");
        exit.ExitCode.ShouldBe(0, exit.ErrorText);
        output.ShouldContain($"127.0.0.1 {_sshd.Port}");
    }

    [Theory]
    [InlineData("DEBUG1")]
    [InlineData("DEBUG3")]
    public async Task Ssh_that_tells_what_it_does_gets_it_as_well(string logLevel)
    {
        (string output, SshExit exit) = await CommandAsync(Target with { Options = [$"LogLevel={logLevel}"] }, "echo $SSH_CONNECTION");
        exit.ExitCode.ShouldBe(0, exit.ErrorText);
        output.ShouldContain($"127.0.0.1 {_sshd.Port}");
    }

    [Fact]
    public async Task A_path_with_quotes_spaces_and_percent_signs_is_only_a_path()
    {
        using var scratch = new ScratchDirectory();
        string folder = Directory.CreateDirectory(Path.Combine(scratch.Path, "a 'b' %h $(touch x)")).FullName;
        string program = Path.Combine(folder, "open");
        await File.WriteAllTextAsync(program, $"#!/bin/sh\nexec '{Path.Combine(AppContext.BaseDirectory, "contentmonster")}' \"$@\"\n", Token);
        Support.Posix.Run("chmod", "700", program);
        (_, SshExit exit) = await CommandAsync(Target with { SocketProgram = program }, "true");
        exit.ExitCode.ShouldBe(0, exit.ErrorText);
        Directory.EnumerateFileSystemEntries(scratch.Path, "x", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_port_that_refuses_is_told_in_the_words_of_ssh()
    {
        int port = _sshd.Port;
        SshTarget target = Target;
        await _sshd.StopAsync();
        (_, SshExit exit) = await CommandAsync(target, "true");
        exit.ExitCode.ShouldBe(255);
        exit.ErrorText.ShouldContain($"connect to host 127.0.0.1 port {port}: Connection refused");
    }

    [Fact]
    public async Task A_server_of_the_other_AddressFamily_is_not_reached()
    {
        SshTarget target = Target;
        (_, SshExit exit) = await CommandAsync(target with { Options = ["AddressFamily=inet6"] }, "true");
        exit.ExitCode.ShouldBe(255);
        exit.ErrorText.ShouldContain("Could not resolve hostname 127.0.0.1: ");
        exit.ErrorText.ShouldContain("(AddressFamily is inet6)");
        (await CommandAsync(target with { Options = ["AddressFamily=inet"] }, "true")).Exit.ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_congestion_control_that_the_kernel_does_not_have_is_passed_over()
    {
        (_, SshExit exit) = await CommandAsync(Target with { CongestionControl = "nosuch" }, "true");
        exit.ExitCode.ShouldBe(0, exit.ErrorText);
        TcpCongestion.IsAllowed("nosuch").ShouldBeFalse();
        TcpCongestion.IsAllowed(TcpCongestion.OfSystem()!).ShouldBeTrue();
    }

    [Fact]
    public async Task The_socket_has_the_options_of_the_order()
    {
        var order = new SocketOrder("localhost", _sshd.Port, "reno", TimeSpan.FromSeconds(30));
        var knock = new Knock(TimeProvider.System);
        using Socket socket = await SocketConnector.ConnectAsync(order, TimeProvider.System, knock, Token);
        knock.Unanswered.ShouldBeNull("it was answered");
        byte[] name = new byte[16];
        socket.GetRawSocketOption(6, 13, name);
        System.Text.Encoding.ASCII.GetString(name).TrimEnd('\0').ShouldBe("reno");
        byte[] userTimeout = new byte[4];
        socket.GetRawSocketOption(6, 18, userTimeout);
        BitConverter.ToInt32(userTimeout).ShouldBe(60_000);

        using Socket patient = await SocketConnector.ConnectAsync(order with { Silence = TimeSpan.FromSeconds(61.5) }, TimeProvider.System, knock: null, Token);
        patient.GetRawSocketOption(6, 18, userTimeout);
        BitConverter.ToInt32(userTimeout).ShouldBe(123_000);
    }

    [Fact]
    public async Task A_connect_that_is_cancelled_ends_at_once_and_does_not_spin()
    {
        using DeafListener listener = DeafListener.Start();
        var knock = new Knock(TimeProvider.System);
        knock.Unanswered.ShouldBeNull();
        using var cancel = new CancellationTokenSource();
        Task<Socket> connecting = SocketConnector.ConnectAsync(new SocketOrder("127.0.0.1", listener.Port, null, TimeSpan.FromSeconds(30)), TimeProvider.System, knock, cancel.Token);
        await Eventually.BeTrueAsync(() => knock.Unanswered > TimeSpan.FromMilliseconds(100), "it knocks");
        connecting.IsCompleted.ShouldBeFalse();
        Task cancelled = Task.Run(cancel.Cancel, Token);
        await Should.ThrowAsync<OperationCanceledException>(() => connecting.WaitAsync(TimeSpan.FromSeconds(10), Token));
        await cancelled.WaitAsync(TimeSpan.FromSeconds(10), Token);
        await Eventually.BeTrueAsync(() => knock.Unanswered is null, "the call is over");
    }

    [Theory]
    [InlineData("h 22 bbr 1000 11500", true)]
    [InlineData("h 22 - 1000 0", true)]
    [InlineData("", false)]
    [InlineData("h 0 bbr 1000 0", false)]
    [InlineData("h 22 bbr 1000", false)]
    [InlineData("h x bbr 1000 0", false)]
    [InlineData("h 22 bbr 1000 x", false)]
    [InlineData("h 22 bbr 1000 0 inet", true)]
    [InlineData("h 22 bbr 1000 0 inet6", true)]
    [InlineData("h 22 bbr 1000 0 inet inet6", false)]
    [InlineData("h 22 bbr 1000 0 more", false)]
    public void Only_a_whole_order_is_one(string text, bool isOne)
    {
        SocketOrder? order = SocketOrder.Parse(text);
        (order is not null).ShouldBe(isOne);
        order?.ToString().ShouldBe(text);
    }

    protected static async Task<(string Output, SshExit Exit)> CommandAsync(SshTarget target, string command)
    {
        SshConfiguration configuration = await SshConfiguration.AskAsync(target, Token);
        target.OpensSocket(configuration).ShouldBeTrue();
        await using SshProcess ssh = SshProcess.StartCommand(target, command, configuration);
        using var reader = new StreamReader(ssh.Transport, leaveOpen: true);
        string output = await reader.ReadToEndAsync(Token);
        return (output, await ssh.Exited.WaitAsync(TimeSpan.FromSeconds(20), Token));
    }
}
