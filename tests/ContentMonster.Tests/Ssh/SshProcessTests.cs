using System.Globalization;
using System.Text;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Ssh;

public sealed class SshProcessTests
{
    [Fact]
    public async Task Its_input_and_output_are_the_transport()
    {
        await using SshProcess process = SshProcess.StartLocal("cat", []);
        byte[] sent = new byte[3 << 20];
        new Random(1).NextBytes(sent);
        Task sending = process.Transport.WriteAsync(sent, TestContext.Current.CancellationToken).AsTask();
        byte[] got = new byte[sent.Length];
        await process.Transport.ReadExactlyAsync(got, TestContext.Current.CancellationToken);
        await sending;
        got.ShouldBe(sent);
    }

    [Fact]
    public async Task Its_exit_tells_code_and_last_words()
    {
        (_, SshExit exit) = await ProcessText.RunAsync("sh", ["-c", "echo sorry >&2; exit 7"]);
        exit.ShouldBe(new SshExit(7, null, "sorry\n"));
    }

    [Fact]
    public async Task Its_exit_tells_the_signal() =>
        (await ProcessText.RunAsync("sh", ["-c", "kill -9 $$"])).Exit.ShouldBe(new SshExit(null, 9, ""));

    [Fact]
    public async Task Only_the_last_8_KiB_of_its_errors_are_kept()
    {
        (_, SshExit exit) = await ProcessText.RunAsync("sh", ["-c", "i=0; while [ $i -lt 3000 ]; do echo line $i >&2; i=$((i+1)); done"]);
        exit.ErrorText.Length.ShouldBe(8192);
        exit.ErrorText.ShouldEndWith("line 2999\n");
    }

    [Fact]
    public async Task A_child_that_leaves_without_reading_its_input_is_an_end_of_the_stream()
    {
        await using SshProcess process = SshProcess.StartLocal("sh", ["-c", "echo bye; read -r x"]);
        await process.Transport.WriteAsync(Encoding.ASCII.GetBytes("\n" + new string('x', 50_000)), TestContext.Current.CancellationToken);
        (string output, SshExit exit) = await ProcessText.ReadToEndAsync(process);
        output.ShouldBe("bye\n");
        exit.ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_grandchild_that_keeps_standard_error_open_does_not_delay_the_exit()
    {
        await using SshProcess process = SshProcess.StartLocal("sh", ["-c", "sleep 20 & echo last >&2; exit 3"]);
        SshExit exit = await process.Exited.WaitAsync(TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);
        exit.ErrorText.ShouldBe("last\n");
        await ProcessText.RunAsync("sh", ["-c", $"kill -9 -{process.ProcessId}"]);
    }

    [Fact]
    public async Task None_stays_a_zombie()
    {
        SshProcess[] many = [.. Enumerable.Range(0, 30).Select(i => SshProcess.StartLocal("sh", ["-c", $"exit {i}"]))];
        SshExit[] exits = await Task.WhenAll(many.Select(process => process.Exited)).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        exits.Select(exit => exit.ExitCode).ShouldBe(Enumerable.Range(0, 30).Select(i => (int?)i));
        many.ShouldAllBe(process => !Alive.IsKnown(process.ProcessId));
        foreach (SshProcess process in many)
        {
            await process.DisposeAsync();
        }
    }

    [Fact]
    public async Task It_leads_a_session_of_its_own_with_default_signals()
    {
        await using SshProcess process = SshProcess.StartLocal("sh", ["-c", "cat /proc/$$/stat; exec grep -E '^Sig(Blk|Ign)' /proc/self/status"]);
        (string output, _) = await ProcessText.ReadToEndAsync(process);
        string[] lines = output.Split('\n');
        string[] stat = lines[0][(lines[0].LastIndexOf(')') + 2)..].Split(' ');
        string pid = process.ProcessId.ToString(CultureInfo.InvariantCulture);
        (stat[2], stat[3]).ShouldBe((pid, pid), "process group and session");
        
        // 32 and 33 are the C library's own, which it never lets anybody have.
        foreach (string line in lines[1..3])
        {
            (ulong.Parse(line.Split('\t')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) & ~0x180000000UL).ShouldBe(0UL, line);
        }
    }

    [Fact]
    public async Task No_descriptor_of_ours_reaches_a_child_though_many_start_at_once()
    {
        using FileStream file = File.OpenRead("/etc/passwd");
        await using SshProcess other = SshProcess.StartLocal("cat", []);
        string[] answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () => (await ProcessText.RunAsync("sh", ["-c", "echo /proc/$$/fd/*"])).Output)));
        foreach (string answer in answers)
        {
            // The shell itself has the directory open while it lists it.
            answer.Trim().Split(' ').Select(Path.GetFileName).Where(name => name is not "0" and not "1" and not "2").Count().ShouldBeLessThanOrEqualTo(1, answer);
        }
    }

    [Fact]
    public async Task Children_of_the_runtime_get_no_descriptor_of_ours_either()
    {
        await using SshProcess ours = SshProcess.StartLocal("cat", []);
        using var theirs = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("ls", ["-l", "/proc/self/fd"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        string answer = await theirs.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string transport = Path.GetFileName(new FileInfo($"/proc/{ours.ProcessId}/fd/0").LinkTarget!);
        transport.ShouldStartWith("socket:");
        answer.ShouldNotContain(transport);
    }

    [Fact]
    public async Task Its_environment_is_small()
    {
        string[] names = [.. (await ProcessText.RunAsync("env", [])).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=')[0])];
        names.Except(["HOME", "PATH", "USER", "LOGNAME", "SSH_AUTH_SOCK", "XDG_RUNTIME_DIR"], StringComparer.Ordinal).ShouldBeEmpty();
        names.Length.ShouldBeGreaterThanOrEqualTo(4);
    }

    [Fact]
    public async Task Closing_it_ends_one_that_ignores_the_end_of_input_and_TERM_and_what_it_started()
    {
        SshProcess process = SshProcess.StartLocal("sh", ["-c", "trap '' TERM; sleep 100 & echo $!; wait; sleep 100; sleep 100"]);
        byte[] line = new byte[32];
        int length = await process.Transport.ReadAsync(line, TestContext.Current.CancellationToken);
        int grandchild = int.Parse(Encoding.ASCII.GetString(line, 0, length), CultureInfo.InvariantCulture);
        await Task.WhenAll(process.DisposeAsync().AsTask(), process.DisposeAsync().AsTask());
        (await process.Exited).Signal.ShouldBe(9);
        Alive.IsKnown(process.ProcessId).ShouldBeFalse();
        await Eventually.BeTrueAsync(() => !Alive.Is(grandchild), "the grandchild is gone");
        await process.DisposeAsync();
    }

    [Fact]
    public async Task Closing_it_ends_one_that_reads_its_input_without_a_signal()
    {
        SshProcess process = SshProcess.StartLocal("cat", []);
        await process.DisposeAsync();
        (await process.Exited).ShouldBe(new SshExit(0, null, ""));
    }

    [Fact]
    public void A_missing_program_is_told() =>
        Should.Throw<SshStartException>(() => SshProcess.StartLocal("no-such-program-here", [])).ErrorNumber.ShouldBe(2);
}
