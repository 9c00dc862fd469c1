using System.Net.Sockets;
using ContentMonster.Daemon.Demo;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;

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
        Environment.SetEnvironmentVariable(Runtime, before is { Length: > 0 } ? before : _scratch["run"]);
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

    private static async Task<SshExit> EndOfAsync(SshTarget target)
    {
        await using SshProcess process = SshProcess.StartSubsystem(target, "sftp", await SshConfiguration.AskAsync(target, Token));
        return (await ProcessText.ReadToEndAsync(process)).Exit;
    }
}
