using ContentMonster.Sftp.Process;

namespace ContentMonster.Tests.Ssh;

public sealed class SshArgumentsTests
{
    private const string Fixed =
        "UpdateHostKeys=no VerifyHostKeyDNS=no HashKnownHosts=no NumberOfPasswordPrompts=1 RemoteCommand=none RequestTTY=no PermitLocalCommand=no ForwardAgent=no "
        + "ForwardX11=no ClearAllForwardings=yes ControlMaster=no ControlPath=none EscapeChar=none Tunnel=no NoHostAuthenticationForLocalhost=no LogLevel=INFO ServerAliveInterval=5 ServerAliveCountMax=13";

    private static readonly SshTarget Plain = new() { Host = "vessel", KnownHostsFile = "/s/known_hosts" };

    [Fact]
    public void The_list_for_the_subsystem_is_exactly_this() =>
        string.Join(' ', SshArguments.ForSubsystem(Plain, "sftp", null).Where(argument => argument != "-o")).ShouldBe(
            $"-T BatchMode=yes StrictHostKeyChecking=accept-new UserKnownHostsFile=\"/s/known_hosts\" {Fixed} ConnectTimeout=10 Compression=no ConnectionAttempts=1 -s -- vessel sftp");

    [Fact]
    public void The_list_with_everything_is_exactly_this()
    {
        SshTarget target = Plain with
        {
            Host = "[::1]", User = "u", Port = 2200, IdentityFile = "/k/a %b", StrictHostKeys = true, ProxyJump = "j", Compression = true, Options = ["LogLevel=INFO"],
            ConnectTimeout = TimeSpan.FromSeconds(3.2), KeepAlive = TimeSpan.FromSeconds(2), LongestSilence = TimeSpan.FromSeconds(24), Secrets = new SshSecrets("secret", null), AskpassProgram = "/x",
        };
        string.Join(' ', SshArguments.ForCommand(target, "exec sh", null).Where(argument => argument != "-o")).ShouldBe(
            $"-T BatchMode=no StrictHostKeyChecking=yes UserKnownHostsFile=\"/s/known_hosts\" {Fixed.Replace("ServerAliveInterval=5", "ServerAliveInterval=2", StringComparison.Ordinal).Replace(" LogLevel=INFO", "", StringComparison.Ordinal)} ConnectTimeout=4 Compression=yes -l u -p 2200 IdentitiesOnly=yes "
            + "IdentityFile=\"/k/a %%b\" ProxyJump=j LogLevel=INFO ConnectionAttempts=1 -- ::1 exec sh");
    }

    [Theory]
    [InlineData(6.9, 1, 8)]
    [InlineData(69, 5, 15)]
    [InlineData(369, 5, 75)]
    public void Ssh_gives_a_silent_server_up_only_after_us(double silence, double keepAlive, int signs)
    {
        SshTarget target = Plain with { LongestSilence = TimeSpan.FromSeconds(silence), KeepAlive = TimeSpan.FromSeconds(keepAlive) };
        string.Join(' ', SshArguments.ForSubsystem(target, "sftp", null)).ShouldContain($"ServerAliveCountMax={signs} ");
        (signs * keepAlive).ShouldBeGreaterThan(silence);
    }

    [Fact]
    public void The_users_own_known_hosts_stand_behind_ours_and_the_ciphers_change_only_where_nobody_chose_them()
    {
        var configuration = new SshConfiguration { HostName = "h", Port = 22, User = "u", UserKnownHostsFiles = ["/root/.ssh/a%b", "none"], CiphersAreDefault = true };
        List<string> arguments = SshArguments.ForSubsystem(Plain, "sftp", configuration);
        arguments.Contains("UserKnownHostsFile=\"/s/known_hosts\" \"/root/.ssh/a%%b\"", StringComparer.Ordinal).ShouldBeTrue();
        bool hasAes = System.Runtime.Intrinsics.X86.Aes.IsSupported || System.Runtime.Intrinsics.Arm.Aes.IsSupported;
        arguments.Contains("Ciphers=^aes128-gcm@openssh.com,aes256-gcm@openssh.com").ShouldBe(hasAes);
        SshArguments.ForSubsystem(Plain, "sftp", configuration with { CiphersAreDefault = false }).ShouldNotContain(argument => argument.StartsWith("Ciphers"));
    }

    [Fact]
    public async Task Ssh_itself_takes_the_list_and_puts_it_in_force()
    {
        SshTarget target = Plain with { User = "somebody", Port = 2200, IdentityFile = "/k/a %b", KnownHostsFile = "/s/known %hosts", Options = ["Ciphers=aes128-ctr"] };
        SshConfiguration asked = await SshConfiguration.AskAsync(target, TestContext.Current.CancellationToken);
        asked.ShouldSatisfyAllConditions(
            () => asked.HostName.ShouldBe("vessel"), () => asked.Port.ShouldBe(2200), () => asked.User.ShouldBe("somebody"), () => asked.Ciphers.ShouldBe("aes128-ctr"),
            () => asked.CiphersAreDefault.ShouldBeFalse(), () => asked.HasProxyCommand.ShouldBeFalse(), () => asked.HasProxyJump.ShouldBeFalse(),
            () => asked.UserKnownHostsFiles.ShouldNotBeEmpty());
        (string output, SshExit exit) = await Support.ProcessText.RunAsync("ssh", ["-G", .. SshArguments.ForSubsystem(target, "sftp", asked)]);
        exit.ExitCode.ShouldBe(0, exit.ErrorText);
        string[] lines = output.Split('\n');
        lines.Contains("userknownhostsfile /s/known %hosts " + string.Join(' ', asked.UserKnownHostsFiles), StringComparer.Ordinal).ShouldBeTrue(output);
        lines.Contains("identityfile /k/a %%b", StringComparer.Ordinal).ShouldBeTrue(output);
    }

    [Fact]
    public async Task Ciphers_that_nobody_chose_and_jumps_that_somebody_did_are_seen()
    {
        SshConfiguration asked = await SshConfiguration.AskAsync(Plain with { ProxyJump = "jump" }, TestContext.Current.CancellationToken);
        asked.HasProxyJump.ShouldBeTrue();
        asked.CiphersAreDefault.ShouldBeTrue();
        (await SshConfiguration.AskAsync(Plain with { Options = ["ProxyCommand=nc %h %p"] }, TestContext.Current.CancellationToken)).HasProxyCommand.ShouldBeTrue();
    }
}
