using ContentMonster.Diagnostics;

namespace ContentMonster.Tests.Diagnostics;

public sealed class KillPointTests
{
    [Theory]
    [InlineData(null, null, 0)]
    [InlineData("", null, 0)]
    [InlineData("moved", "moved", 1)]
    [InlineData("after RecordAsync@3", "after RecordAsync", 3)]
    [InlineData("odd@x", "odd@x", 1)]
    public void The_variable_names_a_step_and_which_time_it_is_meant(string? value, string? step, int number) => KillPoint.Read(value).ShouldBe((step, number));

    [Fact]
    public void Without_the_variable_every_step_is_passed()
    {
        Environment.GetEnvironmentVariable("CONTENTMONSTER_KILL_AT").ShouldBeNull();
        KillPoint.Pass("moved");
        KillPoint.Pass("after", "RecordAsync");
    }
}
