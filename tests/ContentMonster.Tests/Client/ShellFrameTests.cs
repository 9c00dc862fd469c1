using System.Text;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Tests.Client;

public sealed class ShellFrameTests
{
    private const string Token = "0123456789abcdef0123456789abcdef";

    [Fact]
    public void An_answer_is_the_same_however_it_is_cut_into_pieces()
    {
        byte[] text = Encoding.ASCII.GetBytes($"noise B{Token}\nab{Token[..31]}H{Token}\nc\nH{Token}\nE{Token} 42\nlate");
        for (int first = 1; first < text.Length - 1; first++)
        {
            foreach (int size in new[] { 1, first })
            {
                ShellFrame frame = ShellFrame.ForScript(Token, 100);
                for (int at = 0; at < text.Length; at += size)
                {
                    frame.Feed(text.AsSpan(at, Math.Min(size, text.Length - at)));
                }

                frame.Result.ShouldNotBeNull();
                frame.Result.ExitStatus.ShouldBe(42);
                Encoding.ASCII.GetString(frame.Result.Output).ShouldBe($"ab{Token[..31]}c\n");
            }
        }
    }

    [Fact]
    public void Output_up_to_the_limit_is_taken_and_one_byte_more_is_not()
    {
        Fed(new string('x', 100)).Result.ShouldNotBeNull();
        Fed(new string('x', 101)).Trouble.ShouldNotBeNull();
    }

    [Fact]
    public void Output_without_an_end_is_given_up_soon()
    {
        ShellFrame frame = ShellFrame.ForScript(Token, 1000);
        frame.Feed(Encoding.ASCII.GetBytes($"B{Token}\n{new string('x', 2000)}"));
        frame.Trouble.ShouldNotBeNull();
    }

    [Fact]
    public void Noise_is_borne_up_to_64_KiB()
    {
        ShellFrame patient = ShellFrame.ForHello(Token);
        patient.Feed(new byte[64 << 10]);
        patient.Trouble.ShouldBeNull();
        patient.Feed(Encoding.ASCII.GetBytes($"B{Token}\nE{Token} 0\n"));
        patient.Result.ShouldNotBeNull();
        ShellFrame annoyed = ShellFrame.ForHello(Token);
        annoyed.Feed(new byte[(64 << 10) + 1]);
        annoyed.Trouble.ShouldBeOfType<RemoteShellUnavailableException>();
    }

    [Theory, InlineData("x"), InlineData("-1"), InlineData("99999999999999"), InlineData("")]
    public void A_status_that_is_no_number_is_trouble(string status)
    {
        ShellFrame frame = ShellFrame.ForScript(Token, 100);
        frame.Feed(Encoding.ASCII.GetBytes($"B{Token}\nE{Token} {status}\n"));
        frame.Result.ShouldBeNull();
        frame.Trouble.ShouldNotBeNull();
    }

    private static ShellFrame Fed(string output)
    {
        ShellFrame frame = ShellFrame.ForScript(Token, 100);
        frame.Feed(Encoding.ASCII.GetBytes($"B{Token}\n{output}E{Token} 0\n"));
        return frame;
    }
}
