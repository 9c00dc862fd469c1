using System.Diagnostics;
using ContentMonster.Daemon.Demo;
using ContentMonster.Tests.Hosting;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Commands;

public sealed class ExecutableTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task Help_names_every_command_on_standard_output()
    {
        (int exit, string output, string error) = await Executable.RunAsync(_folder.Path, "--help");
        exit.ShouldBe(0);
        error.ShouldBeEmpty();
        foreach (string command in (string[])["run", "check", "status", "explain", "retry", "history", "import", "demo", "--config"])
        {
            output.ShouldContain(command);
        }

        output.ShouldNotContain("\u001b");
    }

    [Fact]
    public async Task Check_finds_a_vessel_that_is_well_to_be_well()
    {
        await using ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions(), TestContext.Current.CancellationToken);
        Directory.CreateDirectory(Path.Combine(_folder.Path, "films"));
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "settings.ini"), $"""
            [Directory films]
            Location = {_folder.Path}/films
            RemoteLocation = {_folder.Path}/inbox

            [Vessel aurora]
            Address = 127.0.0.1
            Port = {sshd.Port}
            Username = {sshd.User}
            IdentityFile = {sshd.ClientKeyFile}
            """, TestContext.Current.CancellationToken);
        (int exit, string output, string error) = await Executable.RunAsync(_folder.Path, "check");
        exit.ShouldBe(0, output + error);
        output.ShouldContain("  ok   login");
    }

    [Fact]
    public async Task Run_once_after_run_once_does_not_try_a_refused_login_again_until_something_was_changed()
    {
        await using ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions(), TestContext.Current.CancellationToken);
        Posix.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", _folder.File("stranger"));
        Directory.CreateDirectory(_folder.File("films"));
        await File.WriteAllTextAsync(_folder.File("films/a"), "x", TestContext.Current.CancellationToken);
        string settings = _folder.File("settings.ini");
        await File.WriteAllTextAsync(settings, $"""
            [Directory films]
            Location = {_folder.Path}/films
            RemoteLocation = {_folder.Path}/inbox
            SettleTime = 0

            [Vessel aurora]
            Address = 127.0.0.1
            Port = {sshd.Port}
            Username = {sshd.User}
            IdentityFile = stranger
            SshOptions = IdentityAgent=none
            """, TestContext.Current.CancellationToken);
        await RunOnceAsync("aurora is tried again in");
        await RunOnceAsync("aurora is not tried for another");
        File.SetLastWriteTimeUtc(settings, TimeProvider.System.GetUtcNow().AddSeconds(1).UtcDateTime);
        await RunOnceAsync("aurora is tried again in");

        async Task RunOnceAsync(string told)
        {
            (int exit, _, string error) = await Executable.RunAsync(_folder.Path, "run", "--once");
            exit.ShouldBe(3, error);
            error.Split('\n').Count(line => line.Contains("aurora is ", StringComparison.Ordinal)).ShouldBe(1, error);
            error.ShouldContain(told);
        }
    }

    [Theory]
    [InlineData("frobnicate")]
    [InlineData("run", "--twice")]
    [InlineData("status", "--config")]
    [InlineData("import")]
    [InlineData("history", "--count", "none")]
    public async Task Wrong_usage_is_2_with_advice_on_standard_error(params string[] arguments)
    {
        (int exit, string output, string error) = await Executable.RunAsync(_folder.Path, arguments);
        exit.ShouldBe(2);
        output.ShouldBeEmpty();
        error.ShouldContain("--help");
    }

    [Fact]
    public async Task An_empty_name_to_explain_is_2_and_told()
    {
        (int exit, _, string error) = await Executable.RunAsync(_folder.Path, "explain", "");
        exit.ShouldBe(2);
        error.ShouldContain("FILE is empty");
    }

    [Theory]
    [InlineData]
    [InlineData("run")]
    [InlineData("run", "--once")]
    [InlineData("check")]
    [InlineData("status")]
    [InlineData("retry")]
    [InlineData("history")]
    [InlineData("explain", "x")]
    public async Task Without_settings_it_is_2_and_tells_where_it_looked(params string[] arguments)
    {
        if (File.Exists("/etc/contentmonster/settings.ini"))
        {
            Assert.Skip("This machine has settings of its own.");
        }

        (int exit, string output, string error) = await Executable.RunAsync(_folder.Path, arguments);
        exit.ShouldBe(2);
        output.ShouldBeEmpty();
        error.ShouldContain("./settings.ini");
        error.ShouldContain("--config");
    }

    [Fact]
    public async Task Settings_that_are_named_and_not_there_are_2()
    {
        (int exit, _, string error) = await Executable.RunAsync(_folder.Path, "check", "--config", "no\u001b[2J.ini");
        exit.ShouldBe(2);
        error.ShouldContain("no\\u{1b}[2J.ini");
        error.ShouldNotContain("\u001b");
    }

    [Fact]
    public async Task An_empty_name_of_settings_is_told()
    {
        (int exit, _, string error) = await Executable.RunAsync(_folder.Path, "status", "--config", "");
        exit.ShouldBe(2);
        error.ShouldContain("the name after --config is empty");
    }

    [Fact]
    public async Task Only_run_needs_a_password_that_cannot_be_read_and_check_goes_on_with_the_other_vessels()
    {
        await File.WriteAllTextAsync(
            _folder.File("settings.ini"),
            $"[Directory films]\nLocation = {_folder.Path}/films\n[Vessel aurora]\nAddress = 127.0.0.1\nPort = 1\nPasswordFile = none\n[Vessel borealis]\nAddress = 127.0.0.1\nPort = 1\n",
            TestContext.Current.CancellationToken);
        (await Executable.RunAsync(_folder.Path, "run", "--once")).ExitCode.ShouldBe(2);
        (int exit, _, string error) = await Executable.RunAsync(_folder.Path, "status");
        exit.ShouldBe(1);
        error.ShouldContain("nothing was delivered with these settings yet");
        (exit, string output, _) = await Executable.RunAsync(_folder.Path, "check");
        exit.ShouldBe(1);
        output.ShouldMatch(@"Vessel aurora\n  FAIL login +Could not read the password file [^\n]+\nVessel borealis\n[^\n]+\n  FAIL reach");
    }

    [Fact]
    public async Task An_argument_that_begins_with_an_at_sign_is_no_file_of_arguments()
    {
        File.WriteAllText(_folder.File("args"), "--help");
        (int exit, _, string error) = await Executable.RunAsync(_folder.Path, "@args");
        exit.ShouldBe(2);
        error.ShouldContain("@args");
    }

    [Theory]
    [InlineData("--watch")]
    [InlineData("--watch --json")]
    public async Task A_reader_that_has_gone_ends_it(string options)
    {
        await MakeLedgerAsync();

        // head reads one line; with the same pipe open for nobody else the next write finds it broken.
        (string output, string error) = await ShellAsync($"{Executable.Path} status {options} | head -n 1; echo ${{PIPESTATUS[0]}}");
        error.ShouldBeEmpty();
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].ShouldBe("141");
    }

    [Theory]
    [InlineData(">/dev/full", "Could not write the answer, because the disk that it goes to is full.\n")]
    [InlineData(">&-", "Could not write the answer, because standard output is closed.\n")]
    [InlineData(">&- 2>&-", "")]
    [InlineData(">/dev/full 2>/dev/full", "")]
    public async Task An_answer_that_cannot_be_written_is_1_and_told(string where, string told)
    {
        await MakeLedgerAsync();
        foreach (string command in (string[])["status", "status --watch", "status --json", "--help"])
        {
            (string output, string error) = await ShellAsync($"({Executable.Path} {command} {where}); echo $?");
            (output, error).ShouldBe(("1\n", told), command);
        }
    }

    [Fact]
    public async Task The_version_is_told()
    {
        (int exit, string output, _) = await Executable.RunAsync(_folder.Path, "--version");
        exit.ShouldBe(0);
        output.ShouldMatch(@"^\d+\.\d+\.\d+");
    }

    public void Dispose() => _folder.Dispose();

    private async Task MakeLedgerAsync()
    {
        Directory.CreateDirectory(_folder.File("films"));
        await File.WriteAllTextAsync(_folder.File("settings.ini"), $"[Directory films]\nLocation = {_folder.Path}/films\n[Vessel aurora]\nAddress = 127.0.0.1\nPort = 1\n", TestContext.Current.CancellationToken);
        (int exit, string output, string error) = await Executable.RunAsync(_folder.Path, "run", "--once");
        exit.ShouldBe(0, output + error);
    }

    private async Task<(string Output, string Error)> ShellAsync(string script)
    {
        using Process shell = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { WorkingDirectory = _folder.Path, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        Task<string> output = shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            await shell.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);
        }
        finally
        {
            if (!shell.HasExited)
            {
                shell.Kill(entireProcessTree: true);
            }
        }

        return (await output, await error);
    }
}
