using ContentMonster.Sftp.Process;

namespace ContentMonster.Tests.Ssh;

public sealed class AskpassPromptsTests
{
    private static readonly SshTarget Target = new() { Host = "Vessel", User = "u", KnownHostsFile = "/k", IdentityFile = "/keys/id" };

    [Theory]
    [InlineData("")]
    [InlineData("u@vessel's password:")]
    [InlineData("u@vessel's password:  ")]
    [InlineData("u@Vessel's password: ")]
    [InlineData("x@vessel's password: ")]
    [InlineData("u@vessel2's password: ")]
    [InlineData(" u@vessel's password: ")]
    [InlineData("u@vessel's password: \n")]
    [InlineData("Password: ")]
    [InlineData("u@vessel's old password: ")]
    [InlineData("(u@vessel) ")]
    [InlineData("(u@other) Password: ")]
    [InlineData("(x@vessel) Password: ")]
    [InlineData("((u@vessel) Password: ")]
    [InlineData("Enter passphrase for key '/keys/other': ")]
    [InlineData("Enter passphrase for key '/keys/id':")]
    [InlineData("Enter passphrase for key '/keys/id': x")]
    [InlineData("Enter passphrase for /keys/id: ")]
    [InlineData("(x) Enter passphrase for key '/keys/id': ")]
    [InlineData("Enter PIN for ED25519-SK key /keys/id: ")]
    [InlineData("The authenticity of host 'vessel' can't be established.\nAre you sure you want to continue connecting (yes/no/[fingerprint])? ")]
    [InlineData("Please type 'yes', 'no' or the fingerprint: ")]
    public void A_prompt_that_is_not_exactly_expected_gets_nothing(string prompt) => Both().Answer(prompt).ShouldBeNull();

    [Fact]
    public void Each_secret_is_given_once()
    {
        AskpassPrompts prompts = Both();
        prompts.Answer("u@vessel's password: ").ShouldBe("pw");
        prompts.Answer("u@vessel's password: ").ShouldBeNull();
        prompts.Answer("(u@vessel) Password: ").ShouldBeNull();
        prompts.Answer("Enter passphrase for key '/keys/id': ").ShouldBe("pp");
        prompts.Answer("Enter passphrase for key '/keys/id': ").ShouldBeNull();
    }

    [Fact]
    public void Without_a_passphrase_the_password_opens_the_key_and_logs_in()
    {
        AskpassPrompts prompts = For("pw", null);
        prompts.Answer("Enter passphrase for key '/keys/id': ").ShouldBe("pw");
        prompts.Answer("Enter passphrase for key '/keys/id': ").ShouldBeNull();
        prompts.Answer("u@vessel's password: ").ShouldBe("pw");
        For(null, "pp").Answer("u@vessel's password: ").ShouldBeNull();
    }

    [Theory]
    [InlineData("/keys/id-%h", "/keys/id-ship.example")]
    [InlineData("${HOME}/id", "HOME/id")]
    [InlineData("${NOWHERE_SET}/id", null)]
    [InlineData("/keys/${", "/keys/${")]
    public void A_key_that_ssh_config_names_is_known_by_the_path_that_ssh_makes_of_it(string named, string? path)
    {
        var configuration = new SshConfiguration { HostName = "ship.example", Port = 22, User = "u", HostKeyAlias = "alias", IdentityFiles = [named] };
        var prompts = AskpassPrompts.For(Target with { IdentityFile = null }, new SshSecrets(null, "pp"), configuration);
        string home = Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } own ? own : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string shown = (path ?? named).Replace("HOME/", home + "/", StringComparison.Ordinal);
        prompts.Answer($"Enter passphrase for key '{shown}': ").ShouldBe(path is null ? null : "pp");
    }

    [Fact]
    public void A_keyboard_interactive_prompt_gets_the_password_and_never_the_passphrase()
    {
        Both().Answer("(u@vessel) Password: ").ShouldBe("pw");
        Both().Answer("(u@vessel) Enter passphrase for key '/keys/id': ").ShouldBe("pw");
        For(null, "pp").Answer("(u@vessel) Enter passphrase for key '/keys/id': ").ShouldBeNull();
    }

    [Fact]
    public void What_ssh_itself_resolved_is_what_it_prints()
    {
        var configuration = new SshConfiguration { HostName = "10.0.0.7", Port = 22, User = "captain", IdentityFiles = ["~/.ssh/id_x", "/k/%r@%h", "/k/%C"] };
        SshTarget target = Target with { User = null, IdentityFile = null };
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        AskpassPrompts Fresh(SshConfiguration known) => AskpassPrompts.For(target, new SshSecrets("pw", "pp"), known);
        Fresh(configuration).Answer("captain@10.0.0.7's password: ").ShouldBe("pw");
        Fresh(configuration with { HostKeyAlias = "Alias" }).Answer("captain@Alias's password: ").ShouldBe("pw");
        Fresh(configuration).Answer($"Enter passphrase for key '{home}/.ssh/id_x': ").ShouldBe("pp");
        Fresh(configuration).Answer("Enter passphrase for key '/k/captain@10.0.0.7': ").ShouldBe("pp");
        Fresh(configuration).Answer("Enter passphrase for key '/k/%C': ").ShouldBeNull();
    }

    [Fact]
    public void A_long_path_is_cut_as_ssh_cuts_it()
    {
        string path = "/" + new string('k', 150);
        AskpassPrompts.For(Target with { IdentityFile = path }, new SshSecrets(null, "pp"), null).Answer($"Enter passphrase for key '{path[..100]}': ").ShouldBe("pp");
    }

    private static AskpassPrompts Both() => For("pw", "pp");

    private static AskpassPrompts For(string? password, string? passphrase) => AskpassPrompts.For(Target, new SshSecrets(password, passphrase), null);
}
