using ContentMonster.Model;
using ContentMonster.Sftp.Client;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class VesselFaultTests
{
    [Theory]
    [InlineData("ssh: Could not resolve hostname ship.example: Name or service not known", FailureKind.NameNotResolved)]
    [InlineData("ssh: Could not resolve hostname ship.example: Temporary failure in name resolution", FailureKind.NameNotResolved)]
    [InlineData("ssh: connect to host 10.0.0.1 port 22: Connection refused", FailureKind.Unreachable)]
    [InlineData("ssh: connect to host 10.0.0.1 port 22: No route to host", FailureKind.Unreachable)]
    [InlineData("ssh: connect to host 10.0.0.1 port 22: Network is unreachable", FailureKind.Unreachable)]
    [InlineData("ssh: connect to host 10.0.0.1 port 22: Connection timed out", FailureKind.Unreachable)]
    [InlineData("Connection timed out during banner exchange\nConnection to 10.0.0.1 port 22 timed out", FailureKind.Unreachable)]
    [InlineData("kex_exchange_identification: Connection closed by remote host\nConnection closed by 10.0.0.1 port 22", FailureKind.Unreachable)]
    [InlineData("kex_exchange_identification: banner line contains invalid characters", FailureKind.Unreachable)]
    [InlineData("user@ship: Permission denied (publickey,password).", FailureKind.LoginRefused)]
    [InlineData("Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures\nDisconnected from 10.0.0.1 port 22", FailureKind.LoginRefused)]
    [InlineData("No ED25519 host key is known for ship and you have requested strict checking.\nHost key verification failed.", FailureKind.HostKeyChanged)]
    [InlineData("@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nOffending ED25519 key in /x/known_hosts:3\nHost key verification failed.", FailureKind.HostKeyChanged)]
    [InlineData("@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\nLoad key \"/k\": bad permissions\nuser@ship: Permission denied (publickey).", FailureKind.LoginRefused)]
    [InlineData("Permission denied (publickey).", FailureKind.LoginRefused)]
    [InlineData("Load key \"/k\": Permission denied\nConnection reset by 10.0.0.1 port 22", FailureKind.ConnectionLost)]
    [InlineData("Permission denied to strangers (that is you).\nConnection closed by 10.0.0.1 port 22", FailureKind.ConnectionLost)]
    [InlineData("ssh: connect to host 10.0.0.1 port 22: Permission denied", FailureKind.Unreachable)]
    [InlineData("/home/u/.ssh/config: line 3: Bad configuration option: foo", FailureKind.ShoreSetup)]
    [InlineData("Bad owner or permissions on /home/u/.ssh/config", FailureKind.ShoreSetup)]
    [InlineData("subsystem request failed on channel 0", FailureKind.NotSftp)]
    [InlineData("channel 0: open failed: administratively prohibited: open failed", FailureKind.TooManyConnections)]
    [InlineData("channel 0: open failed: connect failed: open failed", FailureKind.TooManyConnections)]
    [InlineData("channel 0: open failed: connect failed: Connection refused", FailureKind.Unreachable)]
    [InlineData("channel 0: open failed: connect failed: Name or service not known\nstdio forwarding failed\nkex_exchange_identification: Connection closed by remote host", FailureKind.Unreachable)]
    [InlineData("channel 0: open failed: administratively prohibited: open failed\nstdio forwarding failed\nkex_exchange_identification: Connection closed by remote host", FailureKind.Unreachable)]
    [InlineData("Exceeded MaxStartups", FailureKind.TooManyConnections)]
    [InlineData("Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-rsa", FailureKind.NotSftp)]
    [InlineData("Timeout, server ship not responding.", FailureKind.ConnectionLost)]
    [InlineData("client_loop: send disconnect: Broken pipe", FailureKind.ConnectionLost)]
    [InlineData("Connection reset by 10.0.0.1 port 22", FailureKind.ConnectionLost)]
    [InlineData("Connection to ship closed by remote host.", FailureKind.ConnectionLost)]
    [InlineData("something that nobody has seen before", FailureKind.ConnectionLost)]
    [InlineData("", FailureKind.ConnectionLost)]
    public void The_last_words_of_ssh_are_told_apart(string words, FailureKind kind)
    {
        VesselException fault = VesselFault.FromSsh("connect to", "ship", words, 255, new SftpConnectionException("The connection ended."));
        fault.Kind.ShouldBe(kind);
        fault.Message.ShouldStartWith("Could not connect to ship, because ");
    }

    [Fact]
    public void That_a_new_key_was_pinned_is_no_reason() =>
        VesselFault.FromSsh("connect to", "ship", "Warning: Permanently added '[10.0.0.1]:22' (ED25519) to the list of known hosts.\r\n", 255, new SftpConnectionException("It ended."))
            .Message.ShouldBe("Could not connect to ship, because the connection ended before the session began, and ssh does not know why: It ended.");

    [Fact]
    public void A_host_key_type_that_only_the_server_has_is_told_with_the_option_that_allows_it() =>
        VesselFault.FromSsh("connect to", "ship", "Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-rsa\r\n", 255, null)
            .Message.ShouldEndWith("Their offer: ssh-rsa. If the vessel cannot be updated, allow an algorithm that it offers: SshOptions = HostKeyAlgorithms=+NAME.");

    [Fact]
    public void Bytes_that_changed_on_the_way_are_told_as_that() =>
        VesselFault.FromSsh("stay connected to", "ship", "ssh_dispatch_run_fatal: Connection to 10.0.0.1 port 22: message authentication code incorrect\r\n", 255, null, new SshWay(Stood: true, JumpHost: null, HasProxyCommand: false))
            .Message.ShouldEndWith("incorrect. What came is not what the server sent: something on the way changes bytes.");

    [Theory]
    [InlineData("Exceeded MaxStartups")]
    [InlineData("Not allowed at this time")]
    [InlineData("220 mail.example")]
    public void However_long_an_answer_is_eighty_characters_of_it_are_told(string answer)
    {
        VesselException fault = VesselFault.FromSsh("connect to", "ship", "", 255, null, new SshWay(Stood: false, JumpHost: null, HasProxyCommand: false) { Answer = answer + new string('x', 5000) });
        fault.Message.ShouldContain(answer);
        fault.Message.ShouldContain($"{new string('x', 80 - answer.Length)}...");
        fault.Message.Length.ShouldBeLessThan(400);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request", "HTTP, as a portal or a proxy does: HTTP/1.1 400 Bad Request.")]
    [InlineData("220 mail.example ESMTP", "something else: 220 mail.example ESMTP.")]
    public void What_answers_in_place_of_a_server_is_told(string answer, string told)
    {
        VesselException fault = VesselFault.FromSsh(
            "connect to", "ship", "kex_exchange_identification: Connection closed by remote host\n", 255, null, new SshWay(Stood: false, JumpHost: null, HasProxyCommand: false) { Answer = answer });
        fault.Message.ShouldBe($"Could not connect to ship, because what answers there does not speak SSH but {told}");
        fault.Kind.ShouldBe(FailureKind.Unreachable);
    }

    [Fact]
    public void A_changed_key_comes_with_the_line_to_mend() =>
        VesselFault.FromSsh("connect to", "ship", "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nOffending ED25519 key in /x/known_hosts:3\n", 255, null)
            .Message.ShouldContain("/x/known_hosts:3");

    [Theory]
    [InlineData(true, "ssh said: kex_exchange_identification: Connection closed by remote host; proxy: 407 token expired. It may be the ProxyCommand (ssh_config or SshOptions) that failed.")]
    [InlineData(false, "ssh said: kex_exchange_identification: Connection closed by remote host.")]
    public void What_a_ProxyCommand_said_is_told(bool hasProxyCommand, string told) => VesselFault.FromSsh(
        "connect to", "ship", "proxy: 407 token expired\nkex_exchange_identification: Connection closed by remote host\n", 255, null, new SshWay(Stood: false, JumpHost: null, hasProxyCommand))
        .Message.ShouldBe($"Could not connect to ship, because {told}");

    [Theory]
    [InlineData("Connection to ship closed by remote host.", true)]
    [InlineData("Corrupted MAC on input.", true)]
    [InlineData("ssh_dispatch_run_fatal: Connection to 10.0.0.1 port 22: message authentication code incorrect", true)]
    [InlineData("Bad packet length 3243.", true)]
    [InlineData("client_loop: send disconnect: Broken pipe", true)]
    [InlineData("This account is for SFTP only.", false)]
    [InlineData("", false)]
    public void Words_about_the_link_are_known_from_those_of_a_command(string words, bool ofTheLink) => VesselFault.TellsOfTheLink(words).ShouldBe(ofTheLink);

    [Fact]
    public void What_a_server_says_cannot_write_to_a_terminal() =>
        VesselFault.FromSsh("connect to", "ship", "evil \u001b[2J words", 255, null).Message.ShouldNotContain("\u001b");

    [Fact]
    public void A_request_the_server_does_not_know_is_one_files_failure_and_not_the_links()
    {
        var unsupported = new VesselException(FailureKind.Unsupported, "Could not x, because y.");
        unsupported.IsOfTheLink.ShouldBeFalse();
        new VesselException(FailureKind.VesselFull, "Could not x, because y.").IsOfTheLink.ShouldBeFalse();
        new VesselException(FailureKind.Stalled, "Could not x, because y.").IsOfTheLink.ShouldBeTrue();
    }

    [Fact]
    public void A_source_that_became_shorter_is_the_shores_matter() =>
        VesselFault.FromSftp("write", "ship", new EndOfStreamException()).Kind.ShouldBe(FailureKind.SourceChanged);
}
