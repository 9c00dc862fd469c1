using System.Text;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Tests.Ssh;

public sealed class ErrorTailTests
{
    private readonly ErrorTail _tail = new();

    [Fact]
    public void What_is_said_later_is_told_apart_also_when_the_beginning_is_no_longer_kept()
    {
        _tail.Say("earlier");
        _tail.Later.ShouldBe("earlier\n");
        _tail.Divide();
        _tail.Later.ShouldBe("");
        _tail.Say("later");
        _tail.Later.ShouldBe("later\n");
        _tail.Text.ShouldBe("earlier\nlater\n");
        for (int i = 0; i < 200; i++)
        {
            _tail.Say(new string('x', 99));
        }

        _tail.Later.ShouldBe(_tail.Text);
        Encoding.UTF8.GetByteCount(_tail.Text).ShouldBe(8 << 10);
    }

    [Fact]
    public void The_first_words_stay_whatever_follows()
    {
        _tail.Say("earlier");
        _tail.Earlier.ShouldBe("");
        _tail.Divide();
        _tail.Say("later");
        _tail.Earlier.ShouldBe("earlier\n");
        _tail.First.ShouldBe(("earlier\nlater\n", true));
        for (int i = 0; i < 200; i++)
        {
            _tail.Say(new string('x', 99));
        }

        _tail.Text.ShouldNotContain("earlier");
        (string first, bool isAll) = _tail.First;
        (first.Length, isAll).ShouldBe((16 << 10, false));
        first.ShouldStartWith("earlier\nlater\nxxx");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_line_that_is_taken_out_moves_the_division_only_where_it_stood_before_it(bool before)
    {
        Task<string> marked = _tail.AfterAsync("mark ");
        _tail.Say("earlier");
        if (before)
        {
            _tail.Say("mark it");
        }

        _tail.Divide();
        if (!before)
        {
            _tail.Say("mark it");
        }

        _tail.Say("later");
        (await marked).ShouldBe("it");
        _tail.Text.ShouldBe("earlier\nlater\n");
        _tail.Later.ShouldBe("later\n");
    }
}
