using ContentMonster.Model;
using ContentMonster.Tests.Layout;

namespace ContentMonster.Tests.Model;

public sealed class DurationTests
{
    [Theory]
    [InlineData("00:00:00", "0 s")]
    [InlineData("00:00:00.7611085", "761 ms")]
    [InlineData("00:00:04.2215748", "4 s")]
    [InlineData("00:00:59.9", "1 min")]
    [InlineData("00:12:05", "12 min 5 s")]
    [InlineData("00:15:00.4", "15 min")]
    [InlineData("04:00:00", "4 h")]
    [InlineData("30.00:00:00", "30 d")]
    [InlineData("3.04:59:00", "3 d 4 h")]
    [InlineData("-00:01:01", "-1 min 1 s")]
    public void People_read_the_two_largest_units(string span, string shown) =>
        new Duration(TimeSpan.Parse(span, System.Globalization.CultureInfo.InvariantCulture)).ToString().ShouldBe(shown);

    [Fact]
    public void No_log_line_shows_a_bare_TimeSpan()
    {
        SourceFile[] logs = [.. SourceFile.Below("src").Where(file => file.Path.EndsWith("Log.cs", StringComparison.Ordinal))];
        logs.ShouldNotBeEmpty();
        logs.Where(file => file.Code.Contains("TimeSpan", StringComparison.Ordinal)).Select(file => file.Path).ShouldBeEmpty();
    }
}
