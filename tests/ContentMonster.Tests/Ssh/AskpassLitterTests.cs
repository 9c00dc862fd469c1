using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Support;
using Posix = ContentMonster.Tests.Support.Posix;

namespace ContentMonster.Tests.Ssh;

public sealed class AskpassLitterTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly ScratchDirectory _scratch = new();
    private readonly string _dead = $"contentmonster-ask-{Gone()}-12345-aB3xYz";

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void What_a_killed_process_left_is_removed_with_its_socket_and_without()
    {
        Make(_dead);
        AbandonSocket(_scratch[_dead]);
        Make(_dead.Replace("aB3xYz", "000000", StringComparison.Ordinal));
        Make($"contentmonster-ask-{Environment.ProcessId}-1-aB3xYz"); // its number is another process's by now
        Sweep().ShouldBe(3);
        Directory.EnumerateFileSystemEntries(_scratch.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task That_of_a_process_that_lives_stays()
    {
        await using AskpassServer server = AskpassServer.Open(AskpassPrompts.For(new SshTarget { Host = "vessel", User = "u", KnownHostsFile = "/k" }, new SshSecrets("pw", null), null));
        string directory = Path.GetDirectoryName(server.SocketPath)!;
        AskpassDirectory.Read(Path.GetFileName(directory)).ShouldBe((Environment.ProcessId, AskpassDirectory.StartOf(Environment.ProcessId)!.Value));
        Encoding.UTF8.GetByteCount(server.SocketPath).ShouldBeLessThan(108);
        Make(Path.GetFileName(directory));
        Sweep().ShouldBe(0);
        AskpassLitter.Sweep();
        File.Exists(server.SocketPath).ShouldBeTrue();
    }

    [Fact]
    public void One_at_whose_socket_somebody_answers_stays_whatever_its_name_says()
    {
        Make(_dead);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(_scratch[_dead], "ask")));
        listener.Listen(1);
        Sweep().ShouldBe(0);
        Directory.Exists(_scratch[_dead]).ShouldBeTrue();
    }

    [Theory]
    [InlineData("contentmonster-aB3xYz")]
    [InlineData("contentmonster-ask-12345-aB3xYz")]
    [InlineData("contentmonster-ask-PID-12345-aB3xYz1")]
    [InlineData("contentmonster-ask-PID-12345-aB3x.z")]
    [InlineData("contentmonster-ask-PID-012345-aB3xYz")]
    [InlineData("contentmonster-ask--12345-aB3xYz")]
    [InlineData("contentmonster-ask-0-12345-aB3xYz")]
    [InlineData("contentmonster-ask-PID-12345-aB3xYz-")]
    public void Nothing_with_another_name_is_touched(string name)
    {
        name = name.Replace("PID", _dead.Split('-')[2], StringComparison.Ordinal);
        Make(name);
        Sweep().ShouldBe(0);
        Directory.Exists(_scratch[name]).ShouldBeTrue();
    }

    [Fact]
    public void Links_open_modes_files_and_what_holds_more_stay()
    {
        Make("elsewhere");
        File.WriteAllText(Path.Combine(_scratch["elsewhere"], "ask"), "");
        Directory.CreateSymbolicLink(_scratch[_dead], _scratch["elsewhere"]);
        Make(Named("open00"), Private | UnixFileMode.GroupRead);
        File.WriteAllText(_scratch[Named("file00")], "");
        Make(Named("data00"));
        File.WriteAllText(Path.Combine(_scratch[Named("data00")], "ask"), "no socket");
        Make(Named("more00"));
        AbandonSocket(_scratch[Named("more00")]);
        File.WriteAllText(Path.Combine(_scratch[Named("more00")], "more"), "");
        Sweep().ShouldBe(0);
        File.Exists(Path.Combine(_scratch["elsewhere"], "ask")).ShouldBeTrue();
        File.Exists(Path.Combine(_scratch[Named("data00")], "ask")).ShouldBeTrue();
        Directory.EnumerateFileSystemEntries(_scratch.Path).Count().ShouldBe(6);
        File.Exists(Path.Combine(_scratch[Named("more00")], "more")).ShouldBeTrue();
    }

    [Fact]
    public void That_of_another_user_stays()
    {
        Assert.SkipUnless(Posix.IsRoot, "Only root can give a directory to another user.");
        Make(_dead);
        Posix.Run("chown", "65534", _scratch[_dead]);
        Sweep().ShouldBe(0);
        Directory.Exists(_scratch[_dead]).ShouldBeTrue();
    }

    [Fact]
    public void What_was_touched_within_the_last_minute_stays()
    {
        Make(_dead);
        AskpassLitter.Sweep([_scratch.Path]).ShouldBe(0);
        Sweep().ShouldBe(1);
    }

    // All of it from an hour ago.
    private int Sweep()
    {
        Posix.Run("find", _scratch.Path, "-depth", "-exec", "touch", "-h", "-d", "1 hour ago", "{}", "+");
        return AskpassLitter.Sweep([_scratch.Path, _scratch["not there"]]);
    }

    private string Named(string varying) => _dead.Replace("aB3xYz", varying, StringComparison.Ordinal);

    private void Make(string name, UnixFileMode mode = Private)
    {
        Directory.CreateDirectory(_scratch[name]);
#pragma warning disable CA1416 // The tests run on Linux.
        File.SetUnixFileMode(_scratch[name], mode);
#pragma warning restore CA1416
    }

    // .NET removes a socket's name as it is closed, unless it is not found there any more.
    private void AbandonSocket(string directory)
    {
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(directory, "ask")));
            Directory.Move(directory, _scratch["aside"]);
        }

        Directory.Move(_scratch["aside"], directory);
        File.Exists(Path.Combine(directory, "ask")).ShouldBeTrue();
    }

    private static int Gone()
    {
        using Process ended = Process.Start("true");
        ended.WaitForExit();
        return ended.Id;
    }
}
