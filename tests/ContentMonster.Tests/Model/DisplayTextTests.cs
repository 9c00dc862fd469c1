using ContentMonster.Model;

namespace ContentMonster.Tests.Model;

public sealed class DisplayTextTests
{
    [Theory]
    [InlineData("plain name.txt", "plain name.txt")]
    [InlineData("größe 船", "größe 船")]
    [InlineData("a\u001b[31m", "a\\u{1b}[31m")]
    [InlineData("a\nb", "a\\u{a}b")]
    [InlineData("back\\slash", "back\\\\slash")]
    [InlineData("c1\u009b", "c1\\u{9b}")]
    [InlineData("bidi\u202e", "bidi\\u{202e}")]
    [InlineData("line\u2028", "line\\u{2028}")]
    public void What_could_forge_a_line_or_a_terminal_is_escaped_and_the_rest_stays(string text, string shown)
    {
        DisplayText.Escape(text).ShouldBe(shown);
        DisplayText.Escape(System.Text.Encoding.UTF8.GetBytes(text)).ShouldBe(shown);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_shown_as_numbers() => DisplayText.Escape([0x61, 0xff, 0xc3]).ShouldBe("a\\xff\\xc3");
}
