namespace ContentMonster.Tests;
public sealed class Smoke { [Fact] public void It_builds() => ContentMonster.Model.DisplayText.Escape("a\u001b").ShouldBe("a\\u{1b}"); }
