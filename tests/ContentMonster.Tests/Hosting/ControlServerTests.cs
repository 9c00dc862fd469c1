using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Ledger;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Hosting;

public sealed class ControlServerTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string SocketPath => _folder.File("ledger.db.sock");

    [Fact]
    public async Task A_status_comes_as_it_was()
    {
        var engine = new FakeEngine { Totals = new([new VesselTotals("aurora", 3, 700, 1, 20, 2, null)], 3, 4, 5) };
        engine.Board = engine.Board with { Vessels = [FakeEngine.Vessel("aurora") with { WaitingFiles = 3, LastError = "Could not\nreach" }] };
        await using ControlServer server = Start(engine);
        StatusReport status = (await AskAsync(new("status"))).ShouldNotBeNull().Status.ShouldNotBeNull();
        status.DaemonRuns.ShouldBeTrue();
        status.StartedAt.ShouldBe(FakeEngine.Now.AddHours(-1));
        (status.LiveFiles, status.RefusedFiles, status.ArchivedFiles).ShouldBe((3, 4, 5));
        VesselStatus vessel = status.Vessels.ShouldHaveSingleItem();
        (vessel.Name, vessel.WaitingFiles, vessel.SteppedBackFiles, vessel.PublishedFiles, vessel.LastError).ShouldBe(("aurora", 3, 1, 20, "Could not\nreach"));
    }

    [Fact]
    public async Task Retry_takes_a_vessel_of_the_settings_and_no_other()
    {
        var engine = new FakeEngine();
        engine.Board = engine.Board with { Vessels = [FakeEngine.Vessel("aurora")] };
        await using ControlServer server = Start(engine);
        (await AskAsync(new("retry", Vessel: "aurora")))!.Error.ShouldBeNull();
        (await AskAsync(new("retry")))!.Error.ShouldBeNull();
        (await AskAsync(new("retry", Vessel: "-oProxyCommand=x")))!.Error.ShouldNotBeNull();
        engine.Retried.ShouldBe(["aurora", null]);
    }

    [Theory]
    [InlineData("{\"command\":\"set\"}\n")]
    [InlineData("{\"command\":5}\n")]
    [InlineData("{}\n")]
    [InlineData("null\n")]
    [InlineData("\n")]
    [InlineData("\u0000\u00ff\n")]
    public async Task Nonsense_gets_an_answer_and_the_server_lives(string request)
    {
        await using ControlServer server = Start(new FakeEngine());
        (await RawAsync(Encoding.UTF8.GetBytes(request))).ShouldContain("\"error\":");
        (await AskAsync(new("status")))!.Status.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_request_without_end_is_cut_off()
    {
        await using ControlServer server = Start(new FakeEngine());
        (await RawAsync([.. Enumerable.Repeat((byte)'x', 4096)])).ShouldContain("\"error\":");
        (await AskAsync(new("status")))!.Status.ShouldNotBeNull();
    }

    [Fact]
    public async Task Clients_that_say_nothing_do_not_hold_up_the_end()
    {
        ControlServer server = Start(new FakeEngine());
        using var silent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await silent.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
        await server.DisposeAsync();
        File.Exists(SocketPath).ShouldBeFalse();
    }

    [Fact]
    public async Task The_socket_is_the_owners_alone()
    {
        await using ControlServer server = Start(new FakeEngine());
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(SocketPath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public async Task Another_user_is_refused_even_where_the_mode_lets_him_in()
    {
        if (!Environment.IsPrivilegedProcess || OperatingSystem.IsWindows())
        {
            Assert.Skip("Only root can become another user.");
            return;
        }

        await using ControlServer server = Start(new FakeEngine());
        const UnixFileMode Everybody = (UnixFileMode)0b111_111_111;
        File.SetUnixFileMode(_folder.Path, Everybody);
        File.SetUnixFileMode(SocketPath, Everybody);
        string script = $"my $s = IO::Socket::UNIX->new(Peer => '{SocketPath}') or die; print $s qq({{\"command\":\"status\"}}\\n); print scalar <$s>;";
        using Process perl = Process.Start(new ProcessStartInfo("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "perl", "-MIO::Socket::UNIX", "-e", script])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        (await perl.StandardOutput.ReadToEndAsync()).ShouldContain("only the daemon\\u0027s own user");
    }

    [Fact]
    public async Task A_socket_left_by_a_killed_daemon_is_replaced()
    {
        using (var killed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            killed.Bind(new UnixDomainSocketEndPoint(_folder.File("killed")));
            LinkOver(_folder.File("killed"), SocketPath);
        }

        (await AskAsync(new("status"))).ShouldBeNull();
        await using ControlServer server = Start(new FakeEngine());
        (await AskAsync(new("status")))!.Status.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_daemon_that_answers_is_left_alone()
    {
        await using ControlServer server = Start(new FakeEngine());
        Should.Throw<IOException>(() => Start(new FakeEngine())).Message.ShouldContain("another daemon");
        (await AskAsync(new("status")))!.Status.ShouldNotBeNull();
    }

    [Fact]
    public void A_file_that_is_no_socket_is_left_alone()
    {
        File.WriteAllText(SocketPath, "mine");
        Should.Throw<IOException>(() => Start(new FakeEngine())).Message.ShouldContain("not a socket");
        File.ReadAllText(SocketPath).ShouldBe("mine");
    }

    [Fact]
    public async Task A_folder_deeper_than_a_socket_address_is_long_works()
    {
        string deep = Directory.CreateDirectory(Path.Combine(_folder.Path, new string('d', 120), new string('e', 120))).FullName;
        string path = Path.Combine(deep, "ledger.db.sock");
        await using (ControlServer server = ControlServer.Start(path, new FakeEngine(), NullLogger.Instance, TimeProvider.System))
        {
            File.Exists(path).ShouldBeTrue();
            (await ControlClient.AskAsync(path, new("status"), TimeProvider.System, TestContext.Current.CancellationToken))!.Status.ShouldNotBeNull();
        }

        File.Exists(path).ShouldBeFalse();
    }

    [Fact]
    public async Task Where_no_daemon_is_the_answer_is_none()
    {
        (await AskAsync(new("status"))).ShouldBeNull();
        (await ControlClient.AskAsync("/no/such/folder/x.sock", new("status"), TimeProvider.System, TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    public void Dispose() => _folder.Dispose();

    private ControlServer Start(FakeEngine engine) => ControlServer.Start(SocketPath, engine, NullLogger.Instance, TimeProvider.System);

    private Task<ControlReply?> AskAsync(ControlRequest request) => ControlClient.AskAsync(SocketPath, request, TimeProvider.System, TestContext.Current.CancellationToken);

    private async Task<string> RawAsync(byte[] request)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
        await socket.SendAsync(request);
        var reply = new byte[4096];
        return Encoding.UTF8.GetString(reply, 0, await socket.ReceiveAsync(reply));
    }

    // .NET unlinks a socket when it is closed; a hard link stays, as after a kill.
    private static void LinkOver(string from, string to)
    {
        using Process link = Process.Start("ln", [from, to]);
        link.WaitForExit();
        link.ExitCode.ShouldBe(0);
    }
}
