using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Client;

public sealed class RemoteShellTests
{
    private static readonly RemoteShellOptions Usual = new();

    public static TheoryData<string> Shells => ["/bin/dash", "bash", "busybox sh"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Shells))]
    public async Task Scripts_give_their_output_and_status_one_after_another(string name)
    {
        await using SshProcess process = Start(name);
        await using RemoteShell shell = await RemoteShell.StartAsync(process.Transport, Usual, Token);
        ShellResult[] results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => RunAsync(shell, $"printf '%s\\n' {i}; exit {i}")));
        results.Select(result => result.ExitStatus).ShouldBe(Enumerable.Range(0, 20));
        results.Select(result => Text(result)).ShouldBe(Enumerable.Range(0, 20).Select(i => $"{i}\n"));
        (await RunAsync(shell, "true")).Output.ShouldBeEmpty();
        process.ErrorText.ShouldBe("");
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task Output_is_exact_to_the_byte_with_heartbeats_in_it(string name)
    {
        byte[] data = new byte[300_000];
        new Random(2).NextBytes(data);
        string file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, data, Token);
        await using SshProcess process = Start(name);
        await using RemoteShell shell = await RemoteShell.StartAsync(process.Transport, Usual with { Patience = TimeSpan.FromSeconds(3) }, Token);
        ShellResult result = await RunAsync(shell, $"head -c 100001 {file}; sleep 3; tail -c +100002 {file}; sleep 1; exit 3");
        result.ExitStatus.ShouldBe(3);
        result.Output.AsSpan().SequenceEqual(data).ShouldBeTrue();
        File.Delete(file);
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task A_script_that_reads_its_input_or_breaks_the_syntax_hurts_no_other(string name)
    {
        await using SshProcess process = Start(name);
        await using RemoteShell shell = await RemoteShell.StartAsync(process.Transport, Usual, Token);
        Task<ShellResult> eats = RunAsync(shell, "cat; read -r x; echo \"<$x>\"");
        Task<ShellResult> broken = RunAsync(shell, "if then 'unfinished");
        Task<ShellResult> quotes = RunAsync(shell, "printf '%s' 'it'\\''s'; set -- a b; set -e; false; echo never");
        Text(await eats).ShouldBe("<>\n");
        (await broken).ExitStatus.ShouldNotBe(0);
        (await quotes).ExitStatus.ShouldNotBe(0);
        Text(await quotes).ShouldBe("it's");
        Text(await RunAsync(shell, "echo $# $-")).ShouldStartWith("0 ");
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task A_script_of_a_megabyte_is_taken(string name)
    {
        await using SshProcess process = Start(name);
        await using RemoteShell shell = await RemoteShell.StartAsync(process.Transport, Usual, Token);
        string line = $": '{new string('y', 1000)}'\n";
        Text(await RunAsync(shell, string.Concat(Enumerable.Repeat(line, 1000)) + "echo done")).ShouldBe("done\n");
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task A_shell_that_leaves_in_mid_script_is_told_with_its_words(string name)
    {
        await using SshProcess process = Start(name);
        await using RemoteShell shell = await RemoteShell.StartAsync(process.Transport, Usual, Token);
        RemoteShellException told = await Should.ThrowAsync<RemoteShellException>(RunAsync(shell, "echo half; kill -9 $$; sleep 1"));
        told.Message.ShouldContain("half");
        await shell.Ended.WaitAsync(TimeSpan.FromSeconds(10), Token);
        (await Should.ThrowAsync<RemoteShellException>(RunAsync(shell, "true"))).ShouldBeSameAs(shell.Broken);
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task When_the_link_dies_the_script_ends_by_itself(string name)
    {
        await using SshProcess process = Start(name);
        RemoteShell shell = await RemoteShell.StartAsync(process.Transport, Usual with { Patience = TimeSpan.FromSeconds(3) }, Token);
        string file = Path.GetTempFileName();
        Task<ShellResult> running = RunAsync(shell, $"sleep 60 & echo $! >{file}; wait; echo ghost >{file}");
        await Eventually.BeTrueAsync(() => File.ReadAllText(file).EndsWith('\n'), "the script runs");
        int sleeper = int.Parse(await File.ReadAllTextAsync(file, Token), CultureInfo.InvariantCulture);

        // The end of the transport without a word to the process is what a server sees when the connection is gone.
        await shell.DisposeAsync();
        await Should.ThrowAsync<RemoteShellException>(running);
        await Eventually.BeTrueAsync(() => !Alive.Is(sleeper), "what the script started is gone");
        (await File.ReadAllTextAsync(file, Token)).ShouldNotContain("ghost");
        File.Delete(file);
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task Nothing_is_left_running_after_scripts(string name)
    {
        await using SshProcess process = Start(name);
        await using RemoteShell shell = await RemoteShell.StartAsync(process.Transport, Usual, Token);
        for (int i = 0; i < 10; i++)
        {
            await RunAsync(shell, "true");
        }

        await Eventually.BeTrueAsync(() => Daemon.Demo.ProcessTree.DescendantsOf(process.ProcessId).Count == 0, "the heartbeats are gone");
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task A_script_that_prints_nothing_for_too_long_hangs_though_the_shell_lives(string name)
    {
        await using SshProcess process = Start(name);
        await using RemoteShell shell = await RemoteShell.StartAsync(process.Transport, Usual with { Patience = TimeSpan.FromSeconds(3) }, Token);
        RemoteShellHangsException hangs = await Should.ThrowAsync<RemoteShellHangsException>(
            shell.RunAsync("echo begun; sleep 60"u8.ToArray(), TimeSpan.FromSeconds(2), Token).WaitAsync(TimeSpan.FromSeconds(20), Token));
        (hangs.Text, hangs.Silence).ShouldBe(("begun", TimeSpan.FromSeconds(2)));
        shell.Broken.ShouldBeSameAs(hangs);
    }

    [Fact]
    public async Task One_that_waits_behind_a_script_that_hangs_is_not_blamed_for_it()
    {
        await using SshProcess process = Start("/bin/dash");
        await using RemoteShell shell = await RemoteShell.StartAsync(process.Transport, Usual with { Patience = TimeSpan.FromSeconds(3) }, Token);
        Task<ShellResult> hanging = shell.RunAsync("sleep 60"u8.ToArray(), TimeSpan.FromSeconds(1), Token);
        RemoteShellException behind = await Should.ThrowAsync<RemoteShellException>(RunAsync(shell, "true"));
        behind.ShouldNotBeOfType<RemoteShellHangsException>();
        behind.Message.ShouldContain("before this one");
        await Should.ThrowAsync<RemoteShellHangsException>(hanging);
    }

    [Fact]
    public async Task A_script_whose_text_is_still_on_its_way_does_not_hang_yet()
    {
        var toUs = new Pipe();
        var toPeer = new Pipe();
        using var heard = new StreamReader(toPeer.Reader.AsStream());
        await using RemoteShell shell = await PlayedAsync(toUs, toPeer, heard);
        Task<ShellResult> asked = shell.RunAsync("long"u8.ToArray(), TimeSpan.FromSeconds(1), Token);
        string token = await TokenAsync(heard, "cm_open ", 32);
        await SayAsync(toUs, $"B{token}\n");
        await BeatAsync(token, times: 12);
        asked.IsCompleted.ShouldBeFalse();
        await SayAsync(toUs, $"S{token}\nword\n");
        await BeatAsync(token, times: 12);
        (await Should.ThrowAsync<RemoteShellHangsException>(asked)).Text.ShouldBe("word");

        async Task BeatAsync(string token, int times)
        {
            for (int beat = 0; beat < times && !asked.IsCompleted; beat++)
            {
                await SayAsync(toUs, $"H{token}\n");
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, Token);
            }
        }
    }

    [Fact]
    public async Task A_script_has_its_time_anew_with_each_word_and_one_that_waits_for_another_has_not_begun()
    {
        await using SshProcess process = Start("/bin/dash");
        await using RemoteShell shell = await RemoteShell.StartAsync(process.Transport, Usual with { Patience = TimeSpan.FromSeconds(3) }, Token);
        Task<ShellResult> slow = shell.RunAsync("for i in 1 2 3 4 5 6; do sleep 1; echo $i; done"u8.ToArray(), TimeSpan.FromSeconds(4), Token);
        Task<ShellResult> behind = shell.RunAsync("sleep 2; echo over"u8.ToArray(), TimeSpan.FromSeconds(4), Token);
        Text(await slow).ShouldBe("1\n2\n3\n4\n5\n6\n");
        Text(await behind).ShouldBe("over\n");
    }

    [Fact]
    public async Task Silence_in_mid_script_is_a_stall()
    {
        await using SshProcess process = Start("/bin/dash");
        await using RemoteShell shell = await RemoteShell.StartAsync(process.Transport, Usual with { Patience = TimeSpan.FromSeconds(3) }, Token);
        await ProcessText.RunAsync("kill", ["-STOP", process.ProcessId.ToString(CultureInfo.InvariantCulture)]);
        await Should.ThrowAsync<RemoteShellStalledException>(RunAsync(shell, "true"));
        shell.Broken.ShouldBeOfType<RemoteShellStalledException>();
        await ProcessText.RunAsync("kill", ["-CONT", process.ProcessId.ToString(CultureInfo.InvariantCulture)]);
    }

    [Fact]
    public async Task Noise_before_the_hello_is_borne()
    {
        await using SshProcess process = SshProcess.StartLocal("sh", ["-c", "head -c 60000 /dev/zero; echo Welcome; exec sh"]);
        await using RemoteShell shell = await RemoteShell.StartAsync(process.Transport, Usual, Token);
        Text(await RunAsync(shell, "echo fine")).ShouldBe("fine\n");
    }

    [Theory]
    [InlineData("echo This service allows sftp connections only.; exit 1", "This service allows sftp connections only.")]
    [InlineData("exit 0", "")]
    [InlineData("head -c 100000 /dev/zero | tr '\\0' n; sleep 30", "nnn")]
    public async Task A_server_without_a_shell_is_told_with_its_words(string script, string words)
    {
        await using SshProcess process = SshProcess.StartLocal("sh", ["-c", script]);
        RemoteShellUnavailableException told = await Should.ThrowAsync<RemoteShellUnavailableException>(RemoteShell.StartAsync(process.Transport, Usual, Token));
        told.Text.ShouldContain(words);
        told.Message.ShouldStartWith("Could not use a shell on the server, because ");
    }

    [Fact]
    public async Task A_server_that_only_echoes_is_no_shell()
    {
        await using SshProcess process = SshProcess.StartLocal("cat", []);
        await Should.ThrowAsync<RemoteShellUnavailableException>(
            RemoteShell.StartAsync(process.Transport, Usual with { HelloPatience = TimeSpan.FromMilliseconds(300) }, Token));
    }

    [Fact]
    public async Task Output_beyond_the_limit_ends_the_shell()
    {
        await using SshProcess process = Start("/bin/dash");
        await using RemoteShell shell = await RemoteShell.StartAsync(process.Transport, Usual with { MaxOutputBytes = 10_000 }, Token);
        (await RunAsync(shell, "head -c 10000 /dev/zero")).Output.Length.ShouldBe(10_000);
        await Should.ThrowAsync<RemoteShellException>(RunAsync(shell, "cat /dev/zero"));
        await shell.Ended.WaitAsync(TimeSpan.FromSeconds(10), Token);
    }

    [Fact]
    public async Task A_caller_that_gives_up_leaves_the_shell_to_the_others()
    {
        await using SshProcess process = Start("/bin/dash");
        await using RemoteShell shell = await RemoteShell.StartAsync(process.Transport, Usual, Token);
        using var impatience = new CancellationTokenSource();
        Task<ShellResult> first = shell.RunAsync("sleep 1; echo first"u8.ToArray(), Timeout.InfiniteTimeSpan, impatience.Token);
        Task<ShellResult> second = RunAsync(shell, "echo second");
        await impatience.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);
        Text(await second).ShouldBe("second\n");
    }

    [Fact]
    public async Task The_next_three_scripts_are_sent_while_one_runs_and_each_has_its_own_answer_however_they_arrive()
    {
        var toUs = new Pipe();
        var toPeer = new Pipe();
        using var heard = new StreamReader(toPeer.Reader.AsStream());
        await using RemoteShell shell = await PlayedAsync(toUs, toPeer, heard);
        Task<ShellResult>[] asked = [.. Enumerable.Range(1, 5).Select(number => RunAsync(shell, $"script {number}"))];
        string first = await TokenAsync(heard, "cm_open ", 32);
        string second = await TokenAsync(heard, "cm_open ", 32);
        string third = await TokenAsync(heard, "cm_open ", 32);
        string fourth = await TokenAsync(heard, "cm_open ", 32);
        Task<string> fifth = TokenAsync(heard, "cm_open ", 32);
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Token);
        fifth.IsCompleted.ShouldBeFalse();
        foreach (char letter in $"B{first}\n1E{first} 1\nB{second}")
        {
            await SayAsync(toUs, letter.ToString());
        }

        string last = await fifth.WaitAsync(TimeSpan.FromSeconds(10), Token);
        await SayAsync(toUs, $"\n2E{second} 2\nB{third}\n3E{third} 3\nB{fourth}\n4E{fourth} 4\nB{last}\n5E{last} 5\n");
        ShellResult[] results = await Task.WhenAll(asked).WaitAsync(TimeSpan.FromSeconds(10), Token);
        results.Select(result => (result.ExitStatus, Text(result))).ShouldBe([(1, "1"), (2, "2"), (3, "3"), (4, "4"), (5, "5")]);
    }

    [Fact]
    public async Task A_shell_that_leaves_is_told_to_the_script_that_ran_and_to_those_behind_it()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using SshProcess process = Start("/bin/dash");
        await using RemoteShell shell = await RemoteShell.StartAsync(process.Transport, Usual, Token);
        Task<ShellResult>[] asked = [RunAsync(shell, "sleep 0.5; kill -9 $$"), RunAsync(shell, $"echo ran >{file}"), RunAsync(shell, $"echo ran >{file}")];
        foreach (Task<ShellResult> one in asked)
        {
            await Should.ThrowAsync<RemoteShellException>(() => one.WaitAsync(TimeSpan.FromSeconds(10), Token));
        }

        File.Exists(file).ShouldBeFalse();
    }

    // A shell that the test itself plays has said hello.
    [Fact]
    public async Task A_shell_that_floods_while_no_script_runs_is_ended_and_one_that_says_a_little_is_not()
    {
        var toUs = new Pipe();
        var toPeer = new Pipe();
        using var heard = new StreamReader(toPeer.Reader.AsStream());
        await using RemoteShell shell = await PlayedAsync(toUs, toPeer, heard);
        string much = new('x', 40 << 10);
        await SayAsync(toUs, much);
        Task<ShellResult> asked = RunAsync(shell, "one");
        string token = await TokenAsync(heard, "cm_open ", 32);
        await SayAsync(toUs, $"B{token}\nS{token}\n1E{token} 0\n");
        Text(await asked).ShouldBe("1");
        await SayAsync(toUs, much);
        shell.Broken.ShouldBeNull();
        await SayAsync(toUs, much);
        await shell.Ended.WaitAsync(TimeSpan.FromSeconds(10), Token);
        shell.Broken.ShouldNotBeNull().Message.ShouldContain("more than 64 KiB while no script ran");
    }

    private static async Task<RemoteShell> PlayedAsync(Pipe toUs, Pipe toPeer, StreamReader heard)
    {
        Task<RemoteShell> starting = RemoteShell.StartAsync(new DuplexStream(toUs.Reader.AsStream(), toPeer.Writer.AsStream()), Usual, Token);
        string hello = await TokenAsync(heard, "echo 'B''", 32);
        await SayAsync(toUs, $"B{hello}\nE{hello} 0\n");
        return await starting;
    }

    private static async Task SayAsync(Pipe toUs, string text) => await toUs.Writer.WriteAsync(Encoding.ASCII.GetBytes(text), Token);

    private static async Task<string> TokenAsync(StreamReader heard, string mark, int length)
    {
        string? line;
        while ((line = await heard.ReadLineAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(10), Token)) is not null)
        {
            if (line.StartsWith(mark, StringComparison.Ordinal))
            {
                return line.Substring(mark.Length, length);
            }
        }

        throw new InvalidOperationException($"nothing began with {mark}");
    }

    private static SshProcess Start(string shell)
    {
        string[] words = shell.Split(' ');
        return SshProcess.StartLocal(words[0], words[1..]);
    }

    private static Task<ShellResult> RunAsync(RemoteShell shell, string script) => shell.RunAsync(Encoding.UTF8.GetBytes(script), Timeout.InfiniteTimeSpan, Token);

    private static string Text(ShellResult result) => Encoding.UTF8.GetString(result.Output);
}
