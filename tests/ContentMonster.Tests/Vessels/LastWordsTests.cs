using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Diagnostics;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

/// <summary>What a real ssh says at a private sshd, and what is made of it.</summary>
public sealed class LastWordsTests : IAsyncDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private ThrowawaySshd? _sshd;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_sshd is not null)
        {
            await _sshd.DisposeAsync();
        }

        _scratch.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Words_from_before_the_login_do_not_decide_about_a_break_long_after_it(bool silent)
    {
        await File.WriteAllTextAsync(_scratch["banner"], "no such identity: yours\nyou@here: Permission denied (publickey).\n", Token);
        VesselDialer dialer = await DialerAsync(new ThrowawaySshdOptions { ConfigLines = [$"Banner {_scratch["banner"]}"] });
        (SshProcess process, SftpClient client) = await dialer.DialSftpAsync("connect to", null, Token);
        await using (process)
        await using (client)
        {
            process.ErrorText.ShouldContain("you@here: Permission denied (publickey).");
            if (silent)
            {
                (await dialer.ExplainAsync("stay connected to", process, new SftpStalledException("Nothing came."))).Kind.ShouldBe(FailureKind.Stalled);
            }

            _sshd!.KillSessions();
            await client.Ended.WaitAsync(TimeSpan.FromSeconds(10), Token);
            VesselException told = await dialer.ExplainAsync("stay connected to", process, client.Broken!);
            told.Kind.ShouldBe(FailureKind.ConnectionLost);
            told.Message.ShouldNotContain("denied");
        }
    }

    [Theory]
    [InlineData("yes", "the jump host cannot reach it: channel 0: open failed: connect failed: Connection refused.")]
    [InlineData("no", "the jump host forbids forwarding (AllowTcpForwarding, PermitOpen): channel 0: open failed: administratively prohibited: open failed.")]
    public async Task A_vessel_that_its_jump_host_does_not_get_to_is_unreachable(string forwarding, string because)
    {
        VesselException told = await BehindJumpHostAsync(new ThrowawaySshdOptions { ConfigLines = [$"AllowTcpForwarding {forwarding}"] }, "StrictHostKeyChecking no");
        told.Kind.ShouldBe(FailureKind.Unreachable);
        told.Message.ShouldBe($"Could not connect to ship, because {because}");
    }

    [Theory]
    [InlineData("This account is currently not available.", "the account's shell lets nobody in")]
    [InlineData("Welcome to the vessel.", "prints text before SFTP begins")]
    public async Task What_the_login_shell_prints_is_told_with_what_helps(string text, string because)
    {
        VesselDialer dialer = await DialerAsync(new ThrowawaySshdOptions { ConfigLines = [$"ForceCommand echo '{text}'; exit 1"] });
        VesselException told = await Should.ThrowAsync<VesselException>(dialer.DialSftpAsync("connect to", null, Token));
        told.Kind.ShouldBe(FailureKind.NotSftp);
        told.Message.ShouldContain(because);
        told.Message.ShouldContain(text);
    }

    [Fact]
    public async Task A_server_that_opens_no_session_takes_no_more_connections()
    {
        VesselDialer dialer = await DialerAsync(new ThrowawaySshdOptions { ConfigLines = ["MaxSessions 0"] });
        (await Should.ThrowAsync<VesselException>(dialer.DialSftpAsync("connect to", null, Token))).Kind.ShouldBe(FailureKind.TooManyConnections);
    }

    [Theory]
    [InlineData("/bin/false", 1)]
    [InlineData("/no/such/sftp-server", 127)]
    [InlineData("/bin/true", 0)]
    public async Task An_SFTP_service_that_ends_before_its_hello_is_no_lost_connection(string program, int code)
    {
        VesselDialer dialer = await DialerAsync(new ThrowawaySshdOptions { SftpProgram = program });
        VesselException told = await Should.ThrowAsync<VesselException>(dialer.DialSftpAsync("connect to", null, Token));
        told.Kind.ShouldBe(FailureKind.NotSftp);
        told.Message.ShouldBe($"Could not connect to ship, because the login works, but the SFTP service ended with {code} (the account's shell, sftp-server's path, an expired password?).");
    }

    [Fact]
    public async Task A_server_that_breaks_off_before_SFTP_begins_is_not_said_to_need_nothing()
    {
        VesselDialer dialer = await DialerAsync(new ThrowawaySshdOptions { ConfigLines = ["ForceCommand kill -9 $PPID"] });
        VesselException told = await Should.ThrowAsync<VesselException>(dialer.DialSftpAsync("connect to", null, Token));
        told.Kind.ShouldBe(FailureKind.ConnectionLost, told.Message);
        Advice.For(told.Kind, "ship").ShouldContain("look into the log of the vessel's sshd");
        Advice.For(told.Kind, "ship").ShouldNotContain("Nothing to do");
    }

    [Fact]
    public async Task A_jump_host_whose_key_is_not_known_is_told_as_that()
    {
        string jump = "";
        VesselDialer dialer = await DialerAsync(new ThrowawaySshdOptions(), settings => settings with { Port = 1, ProxyJump = jump = $"127.0.0.1:{settings.Port}" });
        VesselException told = await Should.ThrowAsync<VesselException>(dialer.DialSftpAsync("connect to", null, Token));
        told.Kind.ShouldBe(FailureKind.HostKeyChanged);
        told.Message.ShouldBe(
            "Could not connect to ship, because ssh said: Host key verification failed. The host key is not known. It may be that of the jump host "
            + $"({dialer.Configuration!.ProxyJump}): run `ssh` to the jump host once as the daemon's user.");
        dialer.Configuration!.ProxyJump!.ShouldContain(jump.Split(':')[1]);
    }

    [Fact]
    public async Task A_host_key_that_is_not_known_is_told_in_the_words_of_ssh()
    {
        VesselDialer dialer = await DialerAsync(new ThrowawaySshdOptions(), settings => settings with { HostKeyPolicy = HostKeyPolicy.Strict });
        VesselException told = await Should.ThrowAsync<VesselException>(dialer.DialSftpAsync("connect to", null, Token));
        told.Kind.ShouldBe(FailureKind.HostKeyChanged);
        told.Message.ShouldBe(
            $"Could not connect to ship, because ssh said: Host key verification failed; No ED25519 host key is known for [127.0.0.1]:{_sshd!.Port} and you have requested strict checking.");
    }

    [Fact]
    public async Task A_revoked_host_key_is_told_as_revoked()
    {
        VesselDialer dialer = await DialerAsync(new ThrowawaySshdOptions());
        await File.WriteAllTextAsync(_scratch["known_hosts"], "@revoked " + _sshd!.KnownHostsLine(), Token);
        VesselException told = await Should.ThrowAsync<VesselException>(dialer.DialSftpAsync("connect to", null, Token));
        told.Kind.ShouldBe(FailureKind.HostKeyChanged);
        told.Message.ShouldContain("is marked as revoked");
    }

    [Fact]
    public void Advice_about_a_host_key_is_not_only_about_one_that_changed() =>
        Advice.For(FailureKind.HostKeyChanged, "ship").ShouldContain("One that is not known");

    [Fact]
    public async Task A_refused_login_is_told_with_why_a_key_was_not_used()
    {
        string key = _scratch["key"];
        VesselDialer dialer = await DialerAsync(new ThrowawaySshdOptions(), WithKey);
        VesselSettings WithKey(VesselSettings settings) => settings with { IdentityFile = key };
        (await RefusedAsync(dialer)).ShouldContain($"; no such identity: {key}: No such file or directory");
        File.Copy(_sshd!.ClientKeyFile, key);
        Support.Posix.Run("chmod", "644", key);
        (await RefusedAsync(await PreparedAsync(WithKey))).ShouldSatisfyAllConditions(
            message => message.ShouldContain($"; Permissions 0644 for '{key}' are too open; "), message => message.ShouldContain($"; Load key \"{key}\": "));
    }

    [Fact]
    public async Task Too_many_keys_are_told_with_what_to_set()
    {
        VesselDialer dialer = await DialerAsync(new ThrowawaySshdOptions { ConfigLines = ["MaxAuthTries 1"] });
        await File.WriteAllTextAsync(_sshd!.AuthorizedKeysFile, "", Token);
        (await RefusedAsync(dialer)).ShouldContain("Too many authentication failures. Name the one key with IdentityFile, or, where a password is to be used, set SshOptions = PubkeyAuthentication=no.");
    }

    [Theory]
    [InlineData("KexAlgorithms", "diffie-hellman-group14-sha1")]
    [InlineData("Ciphers", "aes128-cbc")]
    [InlineData("MACs", "hmac-sha1-96")]
    public async Task An_algorithm_that_only_the_server_has_is_told_with_the_option_that_allows_it(string option, string algorithm)
    {
        // The first that is given counts. AES-GCM needs no MAC.
        VesselDialer dialer = await DialerAsync(new ThrowawaySshdOptions { ConfigLines = [$"{option} {algorithm}", "Ciphers aes128-ctr"] });
        VesselException told = await Should.ThrowAsync<VesselException>(dialer.DialSftpAsync("connect to", null, Token));
        told.Kind.ShouldBe(FailureKind.NotSftp);
        told.Message.ShouldContain($"Their offer: {algorithm}");
        told.Message.ShouldEndWith($". If the vessel cannot be updated, allow an algorithm that it offers: SshOptions = {option}=+NAME.");

        (SshProcess process, SftpClient client) = await (await PreparedAsync(settings => settings with { SshOptions = [$"{option}=+{algorithm}"] })).DialSftpAsync("connect to", null, Token);
        await client.DisposeAsync();
        await process.DisposeAsync();
    }

    private static async Task<string> RefusedAsync(VesselDialer dialer)
    {
        VesselException told = await Should.ThrowAsync<VesselException>(dialer.DialSftpAsync("connect to", null, Token));
        told.Kind.ShouldBe(FailureKind.LoginRefused);
        return told.Message;
    }

    // The private server is the jump host; nobody listens at the vessel's port.
    private async Task<VesselException> BehindJumpHostAsync(ThrowawaySshdOptions options, string line)
    {
        _sshd = await ThrowawaySshd.StartAsync(options, Token);
        string program = ConfiguredSsh.Make(
            _scratch, "Host gate", "HostName 127.0.0.1", $"Port {_sshd.Port}", $"User {_sshd.User}", $"IdentityFile {_sshd.ClientKeyFile}", "UserKnownHostsFile /dev/null", line);
        var target = new SshTarget { Host = "127.0.0.1", Port = 1, ProxyJump = "gate", KnownHostsFile = _scratch["known_hosts"], SshProgram = program };
        await using SshProcess process = SshProcess.StartSubsystem(target, "sftp", await SshConfiguration.AskAsync(target, Token));
        SshExit exit = (await ProcessText.ReadToEndAsync(process)).Exit;
        return VesselFault.FromSsh("connect to", "ship", exit.ErrorText, exit.ExitCode, new SftpConnectionException("The connection ended."));
    }

    private async Task<VesselDialer> DialerAsync(ThrowawaySshdOptions options, Func<VesselSettings, VesselSettings>? change = null)
    {
        _sshd = await ThrowawaySshd.StartAsync(options, Token);
        return await PreparedAsync(change);
    }

    private async Task<VesselDialer> PreparedAsync(Func<VesselSettings, VesselSettings>? change)
    {
        var settings = new VesselSettings { Name = "ship", Address = "127.0.0.1", Port = _sshd!.Port, Username = _sshd.User, IdentityFile = _sshd.ClientKeyFile };
        var dialer = new VesselDialer(change?.Invoke(settings) ?? settings, new VesselPlaces(PartName.NewId(), _scratch["known_hosts"], "", []), TimeProvider.System, throttle: null, new Connections());
        await dialer.PrepareAsync(early: null, Token);
        return dialer;
    }
}
