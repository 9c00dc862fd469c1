using ContentMonster.Configuration;

namespace ContentMonster.Tests.Configuration;

public sealed class CrossCheckTests
{
    [Theory]
    [InlineData("/srv/a", "/srv/a/", "the same as")]
    [InlineData("/srv/a", "/srv//./a", "the same as")]
    [InlineData("/srv/a", "/srv/a/b", "inside")]
    [InlineData("/srv/a/b", "/srv/a", "above")]
    public void Locations_that_overlap_are_an_error(string one, string other, string how) =>
        Ini.Parse($"[Vessel v]\nAddress = h\n[Directory one]\nLocation = {one}\n[Directory other]\nLocation = {other}\n").Errors.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            error => error.ToString().ShouldStartWith("/etc/contentmonster/settings.ini:5: [Directory other] Location: "),
            error => error.Message.ShouldContain(how),
            error => error.Message.ShouldContain("[Directory one]"));

    [Fact]
    public void Locations_that_only_begin_alike_are_none() =>
        Ini.Good("[Vessel v]\nAddress = h\n[Directory one]\nLocation = /srv/a\n[Directory other]\nLocation = /srv/ab\n").Directories.Count.ShouldBe(2);

    [Theory]
    [InlineData("/srv/in", "/srv/in", true)]
    [InlineData("/srv", "/srv/in", true)]
    [InlineData("/srv/in/.tmp", "/srv/in", false)]
    [InlineData("/srv/i", "/srv/in", false)]
    [InlineData("tmp", "/srv/in", false)]
    [InlineData("in", "in/x", true)]
    [InlineData(".", "in", true)]
    [InlineData(".tmp", ".", false)]
    public void TempDir_may_not_be_or_hold_a_destination(string temporary, string remote, bool refused)
    {
        SettingsResult result = Ini.Parse($"[Directory d]\nLocation = /a\nRemoteLocation = {remote}\n[Vessel v]\nAddress = h\nTempDir = {temporary}\n");
        result.Errors.Select(error => error.Key).ShouldBe(refused ? ["TempDir"] : []);
    }

    [Fact]
    public void TempDir_is_only_compared_with_directories_that_the_vessel_takes() =>
        Ini.Good("[Directory d]\nLocation = /srv/d\n[Directory e]\nLocation = /e\n[Vessel v]\nAddress = h\nTempDir = /srv\nIgnoreDirs = d\n").Vessels.Count.ShouldBe(1);

    [Fact]
    public void An_unknown_name_in_IgnoreDirs_is_told_with_the_nearest()
    {
        SettingsProblem warning = Ini.Parse("[Directory photos]\nLocation = /p\n[Vessel v]\nAddress = h\nIgnoreDirs = Photos\n").Warnings.ShouldHaveSingleItem();
        warning.Key.ShouldBe("IgnoreDirs");
        warning.Message.ShouldContain("Did you mean \"photos\"?");
    }

    [Fact]
    public void The_first_word_of_a_name_in_IgnoreDirs_keeps_all_that_begin_with_it_away_as_with_the_Python_program()
    {
        SettingsResult result = Ini.Parse("[Directory my films]\nLocation = /f\n[Directory my music]\nLocation = /m\n[Directory myth]\nLocation = /t\n[Vessel v]\nAddress = h\nIgnoreDirs = my, none\n");
        result.Settings!.Vessels[0].IgnoreDirs.ShouldBe(["my films", "my music", "none"]);
        result.Warnings.Single(warning => warning.Message.Contains("[Directory my];", StringComparison.Ordinal)).ToString().ShouldStartWith("/etc/contentmonster/settings.ini:7: [Vessel v] IgnoreDirs: There is no [Directory my]; as with the Python program all that begin with this word are meant: my films, my music.");
        Ini.Parse("[Directory my]\nLocation = /f\n[Directory my music]\nLocation = /m\n[Vessel v]\nAddress = h\nIgnoreDirs = my\n").Settings!.Vessels[0].IgnoreDirs.ShouldBe(["my"]);
    }

    [Fact]
    public void A_directory_that_no_vessel_takes_is_told() =>
        Ini.Parse(Ini.Whole + "IgnoreDirs = out").Warnings.ShouldHaveSingleItem().ToString().ShouldStartWith("/etc/contentmonster/settings.ini:1: [Directory out] Every vessel ignores");

    [Fact]
    public void Two_directories_with_one_destination_are_told() =>
        Ini.Parse(Ini.Whole + "[Directory more]\nLocation = /srv/more\nRemoteLocation = /srv/out\n").Warnings.ShouldHaveSingleItem().Message.ShouldContain("out, more");

    [Theory]
    [InlineData("/v1", "/v1/sub", "", true)]
    [InlineData("/v1/sub", "/v1", "", true)]
    [InlineData(".", "sub", "", true)]
    [InlineData("/v1", "/v10", "", false)]
    [InlineData("/v1", "/v1/sub", "Recursive = no", false)]
    public void A_destination_below_another_is_told(string one, string other, string key, bool told) =>
        Ini.Parse($"[Directory a]\nLocation = /a\nRemoteLocation = {one}\n{key}\n[Directory b]\nLocation = /b\nRemoteLocation = {other}\n[Vessel v]\nAddress = h\n").Warnings
            .Select(warning => warning.Message.Contains("lies below the place", StringComparison.Ordinal)).ShouldBe(told ? [true] : []);

    [Theory]
    [InlineData("[Directory d]\nLocation = /a\n", "no vessel")]
    [InlineData("[Vessel v]\nAddress = h\n", "no directory")]
    public void Neither_vessels_nor_directories_may_be_missing(string text, string message) =>
        Ini.Parse(text).Errors.ShouldHaveSingleItem().Message.ShouldContain(message);
}
