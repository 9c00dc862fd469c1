using ContentMonster.Sftp.Process;

namespace ContentMonster.Tests.Ssh;

public sealed class SshTargetRulesTests
{
    private static readonly SshTarget Sound = new() { Host = "vessel", KnownHostsFile = "/nowhere/known_hosts" };

    private static readonly string[] Poison =
    [
        "", " ", "-", "-oProxyCommand=touch /tmp/x", "--", "a b", "a;touch x", "$(touch x)", "`touch x`", "a|b", "a&b", "a>b", "a<b", "a'b", "a\"b", "a\\b",
        "a\nb", "a\rb", "a\tb", "a\0b", "a\u001bb", "a\u0085b", "a\u2028b", "a(b", "a)b", "a{b", "a}b", "a*b", "a?b", "a!b", "a#b", "~a", "\ud800",
    ];

    public static TheoryData<string> HostileHosts =>
        [.. Poison, "a@b", "a/b", "a,b", "ssh://a", "héé", "a:b", "::1;x", "fe80::1%$(x)", "%h", "a%b", "[a]", "[::1", "::1]", "[-oX]", "1:2", new string('a', 254)];

    public static TheoryData<string> HostileUsers => [.. Poison];

    public static TheoryData<string> HostileJumps =>
        [.. Poison.Where(text => text != "~a"), "a@-b", "-a@b", "a:0", "a:99999", "a:x", "a:", "a:+1", "a: 1", "a,,b", ",a", "a,", "$(x)@b", "a@b;c", "::1", "a@b,-oX", "[::1", "ssh://a"];

    public static TheoryData<string> HostileIdentities => ["", "-oX", "a\nb", "a\0b", "a\"b", "a\\b", "${HOME}/x", "/a\u001b"];

    public static TheoryData<string> HostileKnownHosts => ["", "none", "relative", "/a\nb", "/a\"b", "/a\\b", "/${HOME}", "/a\0", "~/x"];

    public static TheoryData<string> HostileOptions =>
    [
        "", "=", "=x", "Ciphers", "Ciphers=", "Ciphers= ", "Ciphers=a\nProxyCommand=touch x", "Ciphers=a\rb", "Ciphers=\0", "-oX=y", "Ci phers=x", "Cipher\u00e9=x",
        "Match exec \"touch x\"=y", "Match=exec \"touch x\"", "match=all", "Host=*", "Include=/tmp/x", "LocalCommand=touch x", "permitlocalcommand=yes",
        "KnownHostsCommand=touch x", "StrictHostKeyChecking=no", "stricthostkeychecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=no", "ControlMaster=auto",
        "ControlPath=/tmp/x", "RemoteCommand=x", "RequestTTY=force", "ForwardAgent=yes", "ForwardX11=yes", "ClearAllForwardings=no", "LocalForward=1:x:1",
        "EscapeChar=~", "NumberOfPasswordPrompts=9", "User=x", "Port=1", "ProxyJump=x", "ServerAliveInterval=0", "ConnectTimeout=0", "VerifyHostKeyDNS=yes",
        "SessionType=none", "ForkAfterAuthentication=yes", "StdinNull=yes", "XAuthLocation=/bin/sh", "UpdateHostKeys=yes", "HashKnownHosts=yes",
        "LogLevel=QUIET", "loglevel=quiet", "LogLevel= fatal", "LogLevel=\"QUIET\"",
    ];

    [Theory, MemberData(nameof(HostileHosts))]
    public void A_hostile_host_is_refused(string host) => IsRefused(Sound with { Host = host });

    [Theory, MemberData(nameof(HostileUsers))]
    public void A_hostile_user_is_refused(string user) => IsRefused(Sound with { User = user });

    [Theory, MemberData(nameof(HostileJumps))]
    public void A_hostile_jump_host_is_refused(string jump) => IsRefused(Sound with { ProxyJump = jump });

    [Theory, MemberData(nameof(HostileIdentities))]
    public void A_hostile_identity_file_is_refused(string file) => IsRefused(Sound with { IdentityFile = file });

    [Theory, MemberData(nameof(HostileKnownHosts))]
    public void A_hostile_known_hosts_file_is_refused(string file) => IsRefused(Sound with { KnownHostsFile = file });

    [Theory, MemberData(nameof(HostileOptions))]
    public void A_hostile_or_protected_option_is_refused(string option) => IsRefused(Sound with { Options = ["LogLevel=INFO", option] });

    [Theory, InlineData(0), InlineData(-1), InlineData(65536)]
    public void A_port_that_is_none_is_refused(int port) => IsRefused(Sound with { Port = port });

    [Theory, InlineData("a\nb"), InlineData(""), InlineData("a\0b")]
    public void A_secret_that_ssh_would_cut_is_refused(string secret)
    {
        IsRefused(Sound with { Secrets = new SshSecrets(secret, null), AskpassProgram = "/x" });
        IsRefused(Sound with { Secrets = new SshSecrets(null, secret), AskpassProgram = "/x" });
    }

    [Fact]
    public void Secrets_need_a_helper() => IsRefused(Sound with { Secrets = new SshSecrets("a", null) });

    [Theory]
    [InlineData("vessel"), InlineData("a.b-c_d"), InlineData("10.0.0.1"), InlineData("::1"), InlineData("[::1]"), InlineData("fe80::1%eth0"), InlineData("[fe80::1%eth0]")]
    public void A_sound_host_is_taken(string host) => (Sound with { Host = host }).Validate().ShouldBeEmpty();

    [Theory, InlineData("root"), InlineData("first.last"), InlineData("user@domain"), InlineData("a+b_c-d")]
    public void A_sound_user_is_taken(string user) => (Sound with { User = user }).Validate().ShouldBeEmpty();

    [Theory, InlineData("none"), InlineData("a"), InlineData("u@a:22"), InlineData("u@a:22,b,[::1]:2200")]
    public void A_sound_jump_is_taken(string jump) => (Sound with { ProxyJump = jump }).Validate().ShouldBeEmpty();

    [Theory, InlineData("Ciphers=aes128-ctr"), InlineData("ProxyCommand=nc %h %p"), InlineData("LogLevel=DEBUG")]
    public void A_sound_option_is_taken(string option) => (Sound with { Options = [option] }).Validate().ShouldBeEmpty();

    [Fact]
    public void The_message_names_the_setting() =>
        Should.Throw<ArgumentException>(() => SshProcess.StartSubsystem(Sound with { Host = "-x", Port = 0 }, "sftp")).Message.ShouldSatisfyAllConditions(
            message => message.ShouldContain("Address"), message => message.ShouldContain("Port"));

    private static void IsRefused(SshTarget target)
    {
        target = target with { SshProgram = "/bin/false" };
        target.Validate().ShouldNotBeEmpty();
        Should.Throw<ArgumentException>(() => SshProcess.StartSubsystem(target, "sftp"));
        Should.Throw<ArgumentException>(() => SshProcess.StartCommand(target, "exec sh"));
        Should.Throw<ArgumentException>(() => SshConfiguration.AskAsync(target, CancellationToken.None).GetAwaiter().GetResult());
    }
}
