using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Ssh;

/// <summary>A file that hangs when it is closed holds up no child: none is in the table that children are started from.</summary>
public sealed class SpawnThreadTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Children_are_started_where_no_file_of_ours_is_open()
    {
        string path = _scratch["open"];
        await using FileStream open = File.Create(path);
        for (int times = 0; times < 3; times++)
        {
            await using SshProcess child = SshProcess.StartLocal("sh", ["-c", "echo out; echo err >&2; ls -l /proc/self/fd >&2"]);
            using var reader = new StreamReader(child.Transport);
            (await reader.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("out");
            SshExit exit = await child.Exited;
            (exit.ExitCode, exit.ErrorText.Contains("err", StringComparison.Ordinal), exit.ErrorText.Contains(path, StringComparison.Ordinal)).ShouldBe((0, true, false));
        }

        // Of the thread that starts them: nothing, but for the socket on which it is asked and the runtime's own.
        string thread = Directory.GetDirectories("/proc/self/task").Single(static task => File.ReadAllText(Path.Combine(task, "comm")) == "spawn\n");
        string?[] there = [.. Directory.GetFileSystemEntries(Path.Combine(thread, "fd")).Select(static entry => new FileInfo(entry).LinkTarget)];
        there.ShouldAllBe(file => file != path);
        there.Count(static file => file != "/dev/null").ShouldBeInRange(2, 4);
    }

    [Fact]
    public void What_cannot_be_started_is_told_as_before()
    {
        SshStartException trouble = Should.Throw<SshStartException>(() => SshProcess.StartLocal(_scratch["none"], []));
        trouble.ErrorNumber.ShouldBe(2);
    }
}
