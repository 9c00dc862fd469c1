using ContentMonster.Daemon.Commands;

namespace ContentMonster.Tests.Commands;

public sealed class CheckTests
{
    [Fact]
    public async Task Findings_are_told_by_vessel_with_a_verdict_each()
    {
        using var typed = new Typed { Warnings = ["settings.ini:4: odd"] };
        Finds(typed, new("aurora", "login", CheckVerdict.Ok, "as replica"), new("aurora", "bbr", CheckVerdict.Warning, "not allowed"), new("borealis", "login", CheckVerdict.Ok, "as x\u001b"));
        (await typed.RunAsync("check")).ShouldBe(0);
        typed.Output.ShouldContain("Shore\n  ok   settings");
        typed.Output.ShouldContain("  warn settings         settings.ini:4: odd\n");
        typed.Output.ShouldContain("Vessel aurora\n  ok   login            as replica\n  warn bbr              not allowed\nVessel borealis\n  ok   login            as x\\u{1b}\n");
        typed.Output.ShouldEndWith("3 ok, 2 to look at, 0 failed\n");
    }

    [Fact]
    public async Task A_failure_is_exit_code_1()
    {
        using var typed = new Typed();
        Finds(typed, new CheckLine("aurora", "login", CheckVerdict.Failed, "refused. Add the key."));
        (await typed.RunAsync("check")).ShouldBe(1);
        typed.Output.ShouldContain("  FAIL login            refused. Add the key.");
    }

    private static void Finds(Typed typed, params CheckLine[] lines) => typed.Rooms = typed.Rooms with { Check = (_, _, _, _) => lines.ToAsyncEnumerable() };
}
