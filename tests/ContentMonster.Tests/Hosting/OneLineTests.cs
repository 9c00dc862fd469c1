using ContentMonster.Daemon.Hosting;

namespace ContentMonster.Tests.Hosting;

public sealed class OneLineTests
{
    [Theory]
    [InlineData("a\nb", "a\\u{a}b")]
    [InlineData("a\r\tb", "a\\u{d}\\u{9}b")]
    [InlineData("\u001b[2J", "\\u{1b}[2J")]
    [InlineData("\u009b31m", "\\u{9b}31m")]
    [InlineData("\u007f", "\\u{7f}")]
    [InlineData("x\u2028y", "x\\u{2028}y")]
    [InlineData("gpj.\u202eexe", "gpj.\\u{202e}exe")]
    public void What_could_forge_a_line_or_move_a_cursor_is_escaped(string text, string shown) => OneLine.Of(text).ShouldBe(shown);

    [Theory]
    [InlineData("a\\u{1b}b")]
    [InlineData("C:\\x \\xff Ä 漢 👩‍🚀")]
    public void What_is_escaped_already_or_harmless_stays(string text) => OneLine.Of(text).ShouldBe(text);

    [Fact]
    public void An_exception_is_one_line() => OneLine.Of(new IOException("one\ntwo", new IOException("three"))).ShouldNotContain('\n');
}
