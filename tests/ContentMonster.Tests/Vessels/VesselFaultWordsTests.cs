using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class VesselFaultWordsTests
{
    [Theory]
    [InlineData("connect to host h port 22: Connection refused\r\n")]
    [InlineData("Host key verification failed.\r\n")]
    public void What_ssh_said_ends_like_a_sentence_for_advice_follows_it(string said)
    {
        string message = VesselFault.FromSsh("connect to", "aurora", said, 255, inner: null).Message;
        message.ShouldStartWith("Could not connect to aurora, because ssh said: ");
        message.ShouldEndWith(said.Trim().TrimEnd('.') + ".");
    }

    [Fact]
    public void The_frame_around_a_warning_is_left_out()
    {
        const string said = "@@@@@@@@@@@@\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n@@@@@@@@@@@@\r\nOffending ED25519 key in /k:1\r\n";
        VesselFault.FromSsh("connect to", "aurora", said, 255, inner: null).Message
            .ShouldBe("Could not connect to aurora, because ssh said: WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!; Offending ED25519 key in /k:1.");
    }
}
