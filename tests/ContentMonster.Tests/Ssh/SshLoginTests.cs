using System.Text;
using ContentMonster.Daemon.Demo;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Ssh;

/// <summary>Real logins at a private sshd.</summary>
public sealed class SshLoginTests : IAsyncLifetime
{
    private ThrowawaySshd _sshd = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string KnownHosts => Path.Combine(_sshd.DirectoryPath, "known hosts %d");

    private SshTarget Target => new()
    {
        Host = "127.0.0.1", Port = _sshd.Port, User = _sshd.User, IdentityFile = _sshd.ClientKeyFile, KnownHostsFile = KnownHosts,
        AskpassProgram = Path.Combine(AppContext.BaseDirectory, "contentmonster"),
    };

    public async ValueTask InitializeAsync() =>
        _sshd = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions { ConfigLines = ["PasswordAuthentication yes"] }, Token);

    public ValueTask DisposeAsync() => _sshd.DisposeAsync();

    [Fact]
    public async Task A_key_logs_in_and_the_new_host_key_is_pinned_in_our_file()
    {
        (string output, SshExit exit) = await CommandAsync(Target, "echo \"$0 $SSH_CONNECTION $LANG$LC_ALL\"");
        exit.ExitCode.ShouldBe(0, exit.ErrorText);
        output.ShouldContain("127.0.0.1");
        (await File.ReadAllTextAsync(KnownHosts, Token)).ShouldContain(_sshd.KnownHostsLine().Trim());
    }

    [Fact]
    public async Task The_subsystem_and_the_remote_shell_work()
    {
        SshConfiguration configuration = await SshConfiguration.AskAsync(Target, Token);
        await using SshProcess sftp = SshProcess.StartSubsystem(Target, "sftp", configuration);
        await sftp.Transport.WriteAsync(new byte[] { 0, 0, 0, 5, 1, 0, 0, 0, 3 }, Token);
        byte[] version = new byte[9];
        await sftp.Transport.ReadExactlyAsync(version, Token);
        version[4..].ShouldBe([2, 0, 0, 0, 3]);

        await using SshProcess process = SshProcess.StartCommand(Target, "exec sh", configuration);
        await using RemoteShell shell = await RemoteShell.StartAsync(process.Transport, new RemoteShellOptions(), Token);
        ShellResult result = await shell.RunAsync("echo \"$cm_g $$\""u8.ToArray(), Timeout.InfiniteTimeSpan, Token);
        string[] ids = Encoding.ASCII.GetString(result.Output).Trim().Split(' ');
        ids[0].ShouldBe(ids[1], "sshd makes the shell the leader of its group");
        _sshd.SessionPids().Count.ShouldBe(2);
        _sshd.KillSessions();
        await shell.Ended.WaitAsync(TimeSpan.FromSeconds(10), Token);
        (await sftp.Exited.WaitAsync(TimeSpan.FromSeconds(10), Token)).ExitCode.ShouldBe(255);
        await Eventually.BeTrueAsync(() => _sshd.SessionPids().Count == 0, "sessions are gone");
    }

    [Fact]
    public async Task An_encrypted_key_is_opened_through_askpass()
    {
        string key = Path.Combine(_sshd.DirectoryPath, "locked key");
        await ThrowawaySshd.MakeKeyAsync(key, "open sesame", Token);
        await File.AppendAllTextAsync(_sshd.AuthorizedKeysFile, await File.ReadAllTextAsync(key + ".pub", Token), Token);
        SshTarget target = Target with { IdentityFile = key, Secrets = new SshSecrets(null, "open sesame"), Options = ["PreferredAuthentications=publickey"] };
        (string output, SshExit exit) = await CommandAsync(target, "echo in");
        output.ShouldBe("in\n", exit.ErrorText);
        (_, SshExit refused) = await CommandAsync(target with { Secrets = new SshSecrets(null, "wrong") }, "echo in");
        refused.ExitCode.ShouldBe(255);
    }

    [Fact]
    public async Task A_password_logs_in_through_askpass_and_shows_nowhere()
    {
        await using ThrowawayUser user = await ThrowawayUser.MakeAsync();
        SshTarget target = PasswordTarget(user);
        await using SshProcess process = SshProcess.StartCommand(target, "echo in; cat", await SshConfiguration.AskAsync(target, Token));
        byte[] answer = new byte[3];
        await process.Transport.ReadExactlyAsync(answer, Token);
        Encoding.ASCII.GetString(answer).ShouldBe("in\n");
        (await File.ReadAllTextAsync($"/proc/{process.ProcessId}/cmdline", Token)).ShouldNotContain(user.Password);
        string environment = await File.ReadAllTextAsync($"/proc/{process.ProcessId}/environ", Token);
        environment.ShouldNotContain(user.Password);
        environment.ShouldContain("SSH_ASKPASS_REQUIRE=force");
        string socket = environment.Split('\0').Single(line => line.StartsWith("CONTENTMONSTER_ASKPASS=", StringComparison.Ordinal)).Split('=')[1];
        File.Exists(socket).ShouldBeTrue();
        await process.DisposeAsync();
        File.Exists(socket).ShouldBeFalse();
        process.ErrorText.ShouldNotContain(user.Password);
        target.ToString().ShouldNotContain(user.Password);
    }

    [Fact]
    public async Task A_wrong_password_is_tried_once()
    {
        await using ThrowawayUser user = await ThrowawayUser.MakeAsync();
        SshTarget target = PasswordTarget(user) with { Secrets = new SshSecrets("wrong", null) };
        (_, SshExit exit) = await CommandAsync(target, "echo in");
        exit.ExitCode.ShouldBe(255);
        exit.ErrorText.ShouldContain("Permission denied");
        await Eventually.BeTrueAsync(() => _sshd.ReadLog().Contains("Connection closed by authenticating user", StringComparison.Ordinal), "sshd logs the end");
        _sshd.ReadLog().Split("Failed password for " + user.Name).Length.ShouldBe(2, "one failure");
    }

    [Fact]
    public async Task A_changed_host_key_is_refused_and_no_password_sent()
    {
        await using ThrowawayUser user = await ThrowawayUser.MakeAsync();
        (await CommandAsync(PasswordTarget(user), "true")).Exit.ExitCode.ShouldBe(0);
        await _sshd.ChangeHostKeyAsync(Token);
        int before = _sshd.ReadLog().Split("password").Length;
        (_, SshExit exit) = await CommandAsync(PasswordTarget(user), "true");
        exit.ExitCode.ShouldBe(255);
        exit.ErrorText.ShouldContain("REMOTE HOST IDENTIFICATION HAS CHANGED");
        (await CommandAsync(Target, "true")).Exit.ExitCode.ShouldBe(255, "the key does not get in either");
        _sshd.ReadLog().Split("password").Length.ShouldBe(before);
    }

    [Fact]
    public async Task Strict_refuses_an_unknown_host_also_when_askpass_could_say_yes_and_takes_a_pinned_one()
    {
        SshTarget strict = Target with { StrictHostKeys = true };
        (_, SshExit exit) = await CommandAsync(strict, "true");
        exit.ExitCode.ShouldBe(255);
        exit.ErrorText.ShouldContain("Host key verification failed");
        (await CommandAsync(strict with { Secrets = new SshSecrets("x", "y") }, "true")).Exit.ExitCode.ShouldBe(255);
        File.Exists(KnownHosts).ShouldBeFalse();
        await File.WriteAllTextAsync(KnownHosts, _sshd.KnownHostsLine(), Token);
        (await CommandAsync(strict, "true")).Exit.ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task It_restarts_on_the_same_port_and_leaves_nothing_behind()
    {
        int port = _sshd.Port;
        await _sshd.StopAsync();
        (await CommandAsync(Target, "true")).Exit.ErrorText.ShouldContain("Connection refused");
        await _sshd.RestartAsync(Token);
        _sshd.Port.ShouldBe(port);
        await using SshProcess process = SshProcess.StartCommand(Target, "echo $$; exec sleep 100");
        byte[] line = new byte[16];
        int length = await process.Transport.ReadAsync(line, Token);
        int remote = int.Parse(Encoding.ASCII.GetString(line, 0, length), System.Globalization.CultureInfo.InvariantCulture);
        await _sshd.DisposeAsync();
        Directory.Exists(_sshd.DirectoryPath).ShouldBeFalse();
        await Eventually.BeTrueAsync(() => !Alive.Is(remote), "its commands are gone");
        (await process.Exited.WaitAsync(TimeSpan.FromSeconds(10), Token)).ExitCode.ShouldBe(255);
    }

    [Fact]
    public async Task When_we_are_killed_ssh_and_the_private_sshd_go_too()
    {
        string report = Path.Combine(_sshd.DirectoryPath, "report");
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { [OrphanTests.Report] = report };
        string assembly = Path.Combine(AppContext.BaseDirectory, "ContentMonster.Tests");
        await using SshProcess parent = SshProcess.StartLocal(
            assembly, ["-class", typeof(OrphanTests).FullName!, "-explicit", "only", "-noColor"], SshEnvironment.WithAskpass("/x", "/x").Where(pair => pair.Key == "DOTNET_ROOT").Concat(environment).ToDictionary(StringComparer.Ordinal));
        await Eventually.BeTrueAsync(() => File.Exists(report) && File.ReadAllText(report).EndsWith('\n'), "the other process is at work", 30);
        string[] told = (await File.ReadAllTextAsync(report, Token)).Trim().Split(' ');
        int[] pids = [.. told[1..].Select(text => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture))];
        pids.ShouldAllBe(pid => Alive.Is(pid));
        await ProcessText.RunAsync("kill", ["-KILL", $"{parent.ProcessId}"]);
        foreach (int pid in pids)
        {
            await Eventually.BeTrueAsync(() => !Alive.Is(pid), $"process {pid} is gone");
        }

        await Eventually.BeTrueAsync(() => !Directory.Exists(told[0]), "the directory of the private sshd is gone");
    }

    private SshTarget PasswordTarget(ThrowawayUser user) => Target with
    {
        User = user.Name, IdentityFile = null, Secrets = new SshSecrets(user.Password, null), Options = ["PubkeyAuthentication=no"],
    };

    private static async Task<(string Output, SshExit Exit)> CommandAsync(SshTarget target, string command)
    {
        await using SshProcess process = SshProcess.StartCommand(target, command, await SshConfiguration.AskAsync(target, Token));
        return await ProcessText.ReadToEndAsync(process);
    }
}
