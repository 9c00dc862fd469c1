using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class SshTalkTests
{
    private const string Known = "debug1: Remote protocol version 2.0, remote software version OpenSSH_9.2\r\ndebug1: Server host key: ssh-ed25519 SHA256:true\r\ndebug1: Found key in /k:1\r\n";
    private const string Begun = "debug1: SSH2_MSG_SERVICE_ACCEPT received\r\n";
    private const string LoggedIn = "debug1: Server accepts key: /id ED25519 SHA256:mine\r\nAuthenticated to ship ([::1]:22) using \"publickey\".\r\n";
    private const string Forged = "debug1: Remote protocol version 2.0, remote software version forged\ndebug1: Server host key: ssh-ed25519 SHA256:forged\ndebug1: Found key in forged\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_ssh_tells_is_told(bool spokenInto)
    {
        SshTalk talk = SshTalk.Of(Known + Begun + LoggedIn, isAll: true, spokenInto);
        (talk.ServerVersion, talk.HostKey, talk.FoundAt, talk.NewlyPinned).ShouldBe(("OpenSSH_9.2", "ssh-ed25519 SHA256:true", "/k:1", false));
        (talk.LoggedInBy, talk.AcceptedKey).ShouldBe(("publickey", "/id ED25519 SHA256:mine"));
    }

    [Fact]
    public void Of_what_is_known_before_the_login_the_first_line_counts()
    {
        SshTalk talk = SshTalk.Of(Known + Begun + Forged + LoggedIn + Forged, isAll: true, spokenInto: false);
        (talk.ServerVersion, talk.HostKey, talk.FoundAt).ShouldBe(("OpenSSH_9.2", "ssh-ed25519 SHA256:true", "/k:1"));
    }

    [Fact]
    public void A_line_that_a_version_of_ssh_words_otherwise_is_not_replaced_by_one_of_the_banner()
    {
        SshTalk talk = SshTalk.Of("debug1: The key is SHA256:true\r\n" + Begun + Forged + "Warning: Permanently added 'forged'.\n", isAll: true, spokenInto: false);
        (talk.ServerVersion, talk.HostKey, talk.FoundAt, talk.NewlyPinned).ShouldBe((null, null, null, false));
    }

    [Theory]
    [InlineData("Warning: Permanently added 'ship' (ED25519) to the list of known hosts.\r\n", true)]
    [InlineData("It says \"Warning: Permanently added 'ship' (ED25519)\".\n", false)]
    public void A_new_key_is_told_by_a_line_of_its_own(string line, bool pinned) =>
        SshTalk.Of(Known + line + Begun + LoggedIn, isAll: true, spokenInto: false).NewlyPinned.ShouldBe(pinned);

    [Fact]
    public void Where_a_jump_host_can_speak_first_nothing_is_told_that_is_said_twice()
    {
        SshTalk talk = SshTalk.Of(Forged + Begun + Known + Begun + LoggedIn, isAll: true, spokenInto: true);
        (talk.ServerVersion, talk.HostKey, talk.FoundAt, talk.LoggedInBy).ShouldBe((null, null, null, "publickey"));
    }

    [Theory]
    [InlineData(LoggedIn + "Authenticated to ship using \"none\".\n", true)]
    [InlineData("Authenticated to ship using \"none\".\n" + LoggedIn, true)]
    [InlineData(LoggedIn, false)]
    public void A_login_that_may_have_been_told_by_the_server_is_left_out(string login, bool isAll)
    {
        SshTalk talk = SshTalk.Of(Known + Begun + login, isAll, spokenInto: false);
        (talk.HostKey, talk.LoggedInBy, talk.AcceptedKey).ShouldBe(("ssh-ed25519 SHA256:true", null, null));
    }

    [Theory]
    [InlineData("debug1: kex_exchange_identification: banner line 0: HTTP/1.1 400 Bad Request\r\ndebug1: kex_exchange_identification: banner line 1: Server: x\r\n", "HTTP/1.1 400 Bad Request")]
    [InlineData("debug1: ssh_exchange_identification: HTTP/1.1 400 Bad Request\r\n", "HTTP/1.1 400 Bad Request")] // OpenSSH 7.9
    [InlineData("kex_exchange_identification: Connection closed by remote host\r\n", null)]
    public void The_first_line_of_what_is_no_SSH_server_is_its_answer(string said, string? answer) =>
        SshTalk.Of(said, isAll: true, spokenInto: false).Answer.ShouldBe(answer);
}
