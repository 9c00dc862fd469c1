using System.Net.Sockets;
using System.Text;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Ssh;

public sealed class AskpassServerTests
{
    private const string Prompt = "u@vessel's password: ";

    [Fact]
    public async Task The_helper_answers_within_the_session_it_is_meant_for_and_once()
    {
        await using AskpassServer server = Open();
        string program = Path.Combine(AppContext.BaseDirectory, "contentmonster");
        string script = "read -r go; \"$1\" \"$2\"; echo $?; \"$1\" \"$2\"; echo $?; \"$1\" 'other: '; echo $?";
        var environment = SshEnvironment.WithAskpass(program, server.SocketPath);
        await using SshProcess session = SshProcess.StartLocal("sh", ["-c", script, "sh", program, Prompt], environment);
        server.Serve(session.ProcessId);
        (string output, _) = await ProcessText.ReadToEndAsync(session, "\n");
        output.ShouldBe("pw\n0\n1\n1\n");
    }

    [Fact]
    public async Task Another_program_of_ours_is_told_nothing()
    {
        await using AskpassServer server = Open();
        await using SshProcess session = SshProcess.StartLocal("cat", []);
        server.Serve(session.ProcessId);
        using var intruder = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        intruder.Connect(new UnixDomainSocketEndPoint(server.SocketPath));
        intruder.Send(Encoding.UTF8.GetBytes(Prompt));
        intruder.Shutdown(SocketShutdown.Send);
        byte[] answer = new byte[100];
        (await intruder.ReceiveAsync(answer)).ShouldBe(1);
        answer[0].ShouldBe(AskpassServer.Refused);
    }

    [Fact]
    public async Task One_that_connects_and_says_nothing_keeps_the_helper_waiting_for_a_moment_only()
    {
        await using AskpassServer server = Open();
        using var silent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        silent.Connect(new UnixDomainSocketEndPoint(server.SocketPath));
        string program = Path.Combine(AppContext.BaseDirectory, "contentmonster");
        await using SshProcess session = SshProcess.StartLocal("sh", ["-c", "read -r go; \"$1\" \"$2\"; echo $?", "sh", program, Prompt], SshEnvironment.WithAskpass(program, server.SocketPath));
        server.Serve(session.ProcessId);
        (string output, _) = await ProcessText.ReadToEndAsync(session, "\n");
        output.ShouldBe("pw\n0\n");
    }

    [Fact]
    public async Task Its_directory_is_private_and_goes_with_it()
    {
        AskpassServer server = Open();
        string directory = Path.GetDirectoryName(server.SocketPath)!;
#pragma warning disable CA1416 // The tests run on Linux.
        File.GetUnixFileMode(directory).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await server.DisposeAsync();
        Directory.Exists(directory).ShouldBeFalse();
    }

    [Fact]
    public void A_helper_without_a_server_refuses() => AskpassCaller.Run(Prompt).ShouldBe(1);

    private static AskpassServer Open() => AskpassServer.Open(AskpassPrompts.For(
        new SshTarget { Host = "vessel", User = "u", KnownHostsFile = "/k" }, new SshSecrets("pw", null), null));
}
