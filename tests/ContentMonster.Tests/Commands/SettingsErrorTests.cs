namespace ContentMonster.Tests.Commands;

public sealed class SettingsErrorTests
{
    [Theory]
    [InlineData("run")]
    [InlineData("check")]
    [InlineData("status")]
    [InlineData("history")]
    public async Task Every_mistake_is_printed_at_once(string command)
    {
        using var typed = new Typed();
        typed.Rooms = typed.Rooms with { ReadSettings = (_, _) => new(null, ["s.ini:3: one", "s.ini:9: two\u001b[2J"], ["s.ini:1: a warning"]) };
        (await typed.RunAsync(command)).ShouldBe(2);
        typed.Error.ShouldBe("s.ini:1: a warning\ns.ini:3: one\ns.ini:9: two\\u{1b}[2J\n2 errors in the settings; nothing was done.\n");
        typed.Output.ShouldBeEmpty();
    }
}
