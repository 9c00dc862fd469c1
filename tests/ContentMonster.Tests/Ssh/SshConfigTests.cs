using System.Net.Sockets;
using ContentMonster.Daemon.Demo;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Ssh;

/// <summary>What stands in the user's own ssh_config, at a private sshd.</summary>
public sealed class SshConfigTests : IAsyncLifetime
{
    private const string Runtime = "XDG_RUNTIME_DIR";
    private readonly ScratchDirectory _scratch = new();
    private ThrowawaySshd _sshd = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private SshTarget Target => new()
    {
        Host = "127.0.0.1", Port = _sshd.Port, User = _sshd.User, IdentityFile = _sshd.ClientKeyFile, KnownHostsFile = _scratch["known_hosts"],
    };

    public async ValueTask InitializeAsync() => _sshd = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions(), Token);

    public async ValueTask DisposeAsync()
    {
        await _sshd.DisposeAsync();
        _scratch.Dispose();
    }

    [Theory]
    [InlineData("QUIET")]
    [InlineData("FATAL")]
    public async Task A_refused_login_is_told_whatever_LogLevel_says(string level)
    {
        await File.WriteAllTextAsync(_sshd.AuthorizedKeysFile, "", Token);
        SshTarget target = Target with { SshProgram = ConfiguredSsh.Make(_scratch, $"LogLevel {level}") };
        (await EndOfAsync(target)).ErrorText.ShouldContain("Warning: Permanently added");
        (await EndOfAsync(target)).ErrorText.ShouldContain($"{_sshd.User}@127.0.0.1: Permission denied (publickey).");
    }

    [Theory]
    [InlineData("inet", AddressFamily.InterNetwork)]
    [InlineData("inet6", AddressFamily.InterNetworkV6)]
    [InlineData("any", AddressFamily.Unspecified)]
    public async Task AddressFamily_is_asked_for(string word, AddressFamily family) =>
        (await SshConfiguration.AskAsync(Target with { SshProgram = ConfiguredSsh.Make(_scratch, $"AddressFamily {word}") }, Token)).AddressFamily.ShouldBe(family);

    [Theory]
    [InlineData("ControlPath ${CM_SET_NOWHERE}/%C")]
    [InlineData("IdentityAgent ${XDG_RUNTIME_DIR}/no-agent")]
    public async Task A_path_with_a_variable_does_not_keep_ssh_from_the_vessel(string line)
    {
        string? before = Environment.GetEnvironmentVariable(Runtime);
        Environment.SetEnvironmentVariable(Runtime, before is { Length: > 0 } ? before : Path.GetTempPath());
        try
        {
            SshTarget target = Target with { SshProgram = ConfiguredSsh.Make(_scratch, line) };
            await using SshProcess process = SshProcess.StartCommand(target, "echo in", await SshConfiguration.AskAsync(target, Token));
            (string output, SshExit exit) = await ProcessText.ReadToEndAsync(process);
            output.ShouldBe("in\n", exit.ErrorText);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Runtime, before);
        }
    }

    [Theory]
    [InlineData("SessionType none")]
    [InlineData("SessionType subsystem")]
    [InlineData("StdinNull yes")]
    [InlineData("RemoteCommand false")]
    [InlineData("ForkAfterAuthentication yes")]
    [InlineData("Tunnel yes\nExitOnForwardFailure yes")]
    public async Task What_it_makes_of_a_session_is_not_made_of_ours(string lines)
    {
        SshTarget target = Target with { SshProgram = ConfiguredSsh.Make(_scratch, lines) };
        SshConfiguration configuration = await SshConfiguration.AskAsync(target, Token);
        await using SshProcess shell = SshProcess.StartCommand(target, "read word && echo $word", configuration);
        await shell.Transport.WriteAsync("in\n"u8.ToArray(), Token);
        (string output, SshExit exit) = await ProcessText.ReadToEndAsync(shell);
        output.ShouldBe("in\n", exit.ErrorText);

        // An SSH_FXP_INIT of version 3, and the SSH_FXP_VERSION that answers it: draft-ietf-secsh-filexfer-02, section 4.
        await using SshProcess sftp = SshProcess.StartSubsystem(target, "sftp", configuration);
        await sftp.Transport.WriteAsync(new byte[] { 0, 0, 0, 5, 1, 0, 0, 0, 3 }, Token);
        byte[] reply = new byte[9];
        await sftp.Transport.ReadExactlyAsync(reply, Token);
        reply[4..].ShouldBe([2, 0, 0, 0, 3]);
    }

    [Fact]
    public async Task Keys_that_it_names_are_offered_beside_IdentityFile()
    {
        string other = _scratch["other"];
        await ThrowawaySshd.MakeKeyAsync(other, "", Token);
        SshTarget target = Target with { IdentityFile = other, SshProgram = ConfiguredSsh.Make(_scratch, $"IdentityFile {_sshd.ClientKeyFile}") };
        await using SshProcess process = SshProcess.StartCommand(target, "echo in", await SshConfiguration.AskAsync(target, Token));
        (string output, SshExit exit) = await ProcessText.ReadToEndAsync(process);
        output.ShouldBe("in\n", exit.ErrorText);
    }

    [Theory]
    [InlineData("NoHostAuthenticationForLocalhost yes", false)]
    [InlineData("UserKnownHostsFile \"FILE\"", true)]
    [InlineData("UserKnownHostsFile /no/such \"FILE\"", true)]
    public async Task A_server_with_another_key_than_the_pinned_one_is_refused_wherever_that_is_pinned(string line, bool inFileOfTheUsers)
    {
        string file = Path.Combine(Directory.CreateDirectory(_scratch["my ssh"]).FullName, "known hosts");
        await ThrowawaySshd.MakeKeyAsync(_scratch["foreign"], "", Token);
        string pinned = $"[127.0.0.1]:{_sshd.Port} {await File.ReadAllTextAsync(_scratch["foreign.pub"], Token)}";
        await File.WriteAllTextAsync(inFileOfTheUsers ? file : Target.KnownHostsFile, pinned, Token);
        SshTarget target = Target with { SshProgram = ConfiguredSsh.Make(_scratch, line.Replace("FILE", file, StringComparison.Ordinal)) };
        (await EndOfAsync(target)).ErrorText.ShouldContain("REMOTE HOST IDENTIFICATION HAS CHANGED");
    }

    [Theory]
    [InlineData("yes", true)]
    [InlineData("always", true)]
    [InlineData("no", false)]
    public async Task Host_names_that_ssh_is_to_complete_are_completed_also_where_the_connection_is_opened_for_it(string word, bool completed)
    {
        SshTarget target = Target with { SshProgram = ConfiguredSsh.Make(_scratch, $"CanonicalizeHostname {word}"), SocketProgram = "/bin/true" };
        SshConfiguration configuration = await SshConfiguration.AskAsync(target, Token);
        target.OpensSocket(configuration).ShouldBeTrue();
        SshArguments.ForSubsystem(target, "sftp", configuration).Contains("CanonicalizeHostname=always", StringComparer.Ordinal).ShouldBe(completed);
    }

    [Fact]
    public async Task An_ssh_that_does_not_run_has_no_version()
    {
        string broken = _scratch["broken"];
        await File.WriteAllTextAsync(broken, "#!/bin/sh\necho No user exists for uid 64999 >&2\nexit 255\n", Token);
        Support.Posix.Run("chmod", "700", broken);
        (await Should.ThrowAsync<IOException>(() => SshProgram.VersionAsync(broken, TimeProvider.System, Token))).Message.ShouldContain("it ended with 255: No user exists for uid 64999");
        (await SshProgram.VersionAsync("ssh", TimeProvider.System, Token)).ShouldStartWith("OpenSSH_");
    }

    private static async Task<SshExit> EndOfAsync(SshTarget target)
    {
        await using SshProcess process = SshProcess.StartSubsystem(target, "sftp", await SshConfiguration.AskAsync(target, Token));
        return (await ProcessText.ReadToEndAsync(process)).Exit;
    }
}
