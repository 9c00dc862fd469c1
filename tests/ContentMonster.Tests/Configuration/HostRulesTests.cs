using ContentMonster.Configuration;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Tests.Configuration;

public sealed class HostRulesTests
{
    private static readonly string[] Weapons =
    [
        "-oProxyCommand=touch /tmp/x", "--", "-", "a b", "a\tb", "$(id)", "`id`", "${HOME}", "a;id", "a&id", "a|id", "a>f", "a<f", "(id)", "a\\b",
        "'a'b", "a\"b", "a'b", "a\u0000b", "a\u001b[31m", "a\u0085b", "a\u2028b", "x\u00a0y", "-l root", "-J evil", "$IFS", "a)b",
    ];

    [Theory]
    [InlineData("example.com", "example.com")]
    [InlineData("my_box", "my_box")]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8::7", "2001:db8::7")]
    [InlineData("[2001:db8::7]", "2001:db8::7")]
    [InlineData("fe80::1%eth0", "fe80::1%eth0")]
    [InlineData("xn--grse-6qa.example", "xn--grse-6qa.example")]
    public void Hosts_and_addresses_are_taken(string text, string host) => Ini.Good(Ini.Whole.Replace("one.example", text)).Vessels.Single().Address.ShouldBe(host);

    [Theory]
    [InlineData("root@example.com", "under Username")]
    [InlineData("ssh://example.com", "URL")]
    [InlineData("example.com:22", "under Port")]
    [InlineData("example.com/x", "not a host name")]
    [InlineData("größe.example", "xn--")]
    [InlineData("%h", "IPv6")]
    [InlineData("[example.com]", "IPv6")]
    [InlineData("-v", "not a host name")]
    [InlineData("fe80::1%", "IPv6")]
    public void What_is_no_host_is_refused_with_advice(string text, string message) =>
        Ini.Parse(Ini.Whole.Replace("one.example", text)).Errors.ShouldHaveSingleItem().Message.ShouldContain(message);

    [Theory]
    [InlineData("Username", true)]
    [InlineData("ProxyJump", true)]
    [InlineData("TempDir", false)]
    [InlineData("IdentityFile", false)]
    [InlineData("KnownHosts", false)]
    [InlineData("Port", true)]
    [InlineData("Address", true)]
    public void Nothing_that_means_something_to_a_shell_or_to_ssh_gets_through(string key, bool blanksToo)
    {
        foreach (string weapon in Weapons.Where(weapon => blanksToo || (weapon is not ("a b" or "a\tb" or "x\u00a0y"))))
        {
            string text = key == "Address" ? Ini.Whole.Replace("one.example", weapon) : $"{Ini.Whole}{key} = {weapon}\n";
            SettingsResult result = Ini.Parse(text);
            result.Settings.ShouldBeNull(key + " = " + weapon);
            result.Errors.ShouldContain(error => error.Line >= 4 && !error.ToString().Any(char.IsControl), key + " = " + weapon);
        }
    }

    [Theory]
    [InlineData("gate")]
    [InlineData("me@gate.example:2222")]
    [InlineData("a@b,c:22,[2001:db8::1]:23")]
    [InlineData("none")]
    public void Jump_hosts_are_taken(string text) => Ini.Vessel($"ProxyJump = {text}").ProxyJump.ShouldBe(text);

    [Fact]
    public void Addresses_of_jump_hosts_get_the_brackets_that_ssh_needs() => Ini.Vessel("ProxyJump = a, u@2001:db8::2").ProxyJump.ShouldBe("a,u@[2001:db8::2]");

    [Fact]
    public void Options_that_the_last_gate_before_ssh_refuses_are_refused_with_their_line()
    {
        foreach (string name in SshArguments.ProtectedNames)
        {
            Ini.VesselError($"SshOptions = {name}=1").Line.ShouldBe(5, name);
        }
    }

    [Theory]
    [InlineData("gate:0")]
    [InlineData("gate:ssh")]
    [InlineData("a,,b")]
    [InlineData("a,-b")]
    [InlineData("-x@a")]
    [InlineData("@a")]
    [InlineData("ssh://a")]
    public void Other_jump_hosts_are_refused(string text) => Ini.VesselError($"ProxyJump = {text}").Key.ShouldBe("ProxyJump");

    [Fact]
    public void Options_for_ssh_are_separated_by_commas_or_lines() =>
        Ini.Vessel("SshOptions = IPQoS=throughput, HostKeyAlgorithms = ^ssh-ed25519\n  \"Ciphers=aes128-ctr,aes256-ctr\" # why\n  GSSAPIAuthentication=no\n").SshOptions
            .ShouldBe(["IPQoS=throughput", "HostKeyAlgorithms=^ssh-ed25519", "Ciphers=aes128-ctr,aes256-ctr", "GSSAPIAuthentication=no"]);

    [Theory]
    [InlineData("LogLevel=QUIET")]
    [InlineData("loglevel = fatal")]
    public void A_level_at_which_ssh_does_not_tell_why_it_ends_is_refused(string text) =>
        Ini.VesselError($"SshOptions = {text}").ShouldSatisfyAllConditions(error => error.Line.ShouldBe(5), error => error.Message.ShouldContain("would look like a lost connection"));

    [Fact]
    public void Other_levels_are_taken() => Ini.Vessel("SshOptions = LogLevel=VERBOSE").SshOptions.ShouldBe(["LogLevel=VERBOSE"]);

    [Theory]
    [InlineData("ProxyCommand=nc %h %p")]
    [InlineData("proxycommand=touch x")]
    [InlineData("LocalCommand=id")]
    [InlineData("PKCS11Provider=/tmp/x.so")]
    [InlineData("KnownHostsCommand=id")]
    [InlineData("StrictHostKeyChecking=no")]
    [InlineData("UserKnownHostsFile=/dev/null")]
    [InlineData("Port=23")]
    [InlineData("Include=/tmp/x")]
    [InlineData("ForwardAgent=yes")]
    [InlineData("-v")]
    [InlineData("-oProxyCommand=x")]
    [InlineData("Compression")]
    [InlineData("=x")]
    [InlineData("IPQoS=")]
    [InlineData("IPQoS=$(id)")]
    [InlineData("\"IPQoS=a\nb\"")]
    [InlineData("Ciphers=a,b")]
    public void Options_that_run_something_or_are_ours_are_refused(string text) => Ini.Parse(Ini.Whole + $"SshOptions = {text}\n").Errors.ShouldNotBeEmpty();
}
