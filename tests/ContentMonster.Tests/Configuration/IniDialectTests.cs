using System.Text;
using ContentMonster.Configuration;

namespace ContentMonster.Tests.Configuration;

public sealed class IniDialectTests
{
    [Theory]
    [InlineData("Location: /srv/a", "/srv/a")]
    [InlineData("Location=/srv/a", "/srv/a")]
    [InlineData("Location   =   /srv/a   ", "/srv/a")]
    [InlineData("Location = /srv/a = b:c", "/srv/a = b:c")]
    [InlineData("Location = /srv/a # why", "/srv/a")]
    [InlineData("Location = /srv/a\t;\twhy", "/srv/a")]
    [InlineData("Location = /srv/a #", "/srv/a")]
    [InlineData("Location = /srv/a#b", "/srv/a#b")]
    [InlineData("Location = /srv/Tour #1", "/srv/Tour #1")]
    [InlineData("Location = \"/srv/a # b\"  # why", "/srv/a # b")]
    [InlineData("Location = '/srv/a ; \"b'", "/srv/a ; \"b")]
    [InlineData("Location = \"/srv/a\"b\"", "/srv/a\"b")]
    [InlineData("Location = /srv/100%% sure", "/srv/100% sure")]
    [InlineData("Location = /srv/100% sure", "/srv/100% sure")]
    [InlineData("Location = \"/srv/100%% %(x)s\"", "/srv/100%% %(x)s")]
    [InlineData("Location = /srv/%%(x)s", "/srv/%(x)s")]
    [InlineData("Location = /srv//a/./b/", "/srv/a/b")]
    [InlineData("Location = /srv/Größe", "/srv/Größe")]
    public void A_value_is_what_an_operator_means(string line, string location) =>
        Ini.Good("[Vessel v]\nAddress = h\n[Directory d]\n" + line).Directories.Single().Location.ShouldBe(location);

    [Fact]
    public void A_sign_without_a_blank_behind_it_stays_and_is_told()
    {
        SettingsResult result = Ini.Parse("[Vessel v]\nAddress = h\n[Directory d]\nLocation = /srv/Tour #1");
        result.Warnings.ShouldHaveSingleItem().Message.ShouldContain("\"#1\" was taken for part of the value");
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void Other_line_ends_and_a_byte_order_mark_do(string end)
    {
        byte[] content = [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Ini.Whole.Replace("\n", end))];
        SettingsReader.Parse(content, Ini.Path).ShouldSatisfyAllConditions(
            result => result.Errors.ShouldBeEmpty(),
            result => result.Warnings.ShouldBeEmpty(),
            result => result.Settings!.Vessels.Single().Address.ShouldBe("one.example"));
    }

    [Fact]
    public void Lists_go_on_in_deeper_lines_over_comments_and_blank_lines()
    {
        VesselSettings vessel = Ini.Vessel("IgnoreDirs =   # these\n  a, b c ,\n# not this\n\n\t\"d, e\" # why\n  'f'\nPort = 5\n");
        vessel.IgnoreDirs.ShouldBe(["a", "b c", "d, e", "f"]);
        vessel.Port.ShouldBe(5);
    }

    [Fact]
    public void An_indented_file_is_read_like_one_that_is_not()
    {
        Settings settings = Ini.Good("  [Directory d]\n  Location = /srv/d\n\n  [Vessel v]\n    Address = h\n    Port = 7\n");
        settings.Vessels.Single().Port.ShouldBe(7);
    }

    [Fact]
    public void A_key_that_slipped_into_the_value_above_is_told_with_its_line() =>
        Ini.VesselError("Port = 22\n  Username = me\n").ShouldSatisfyAllConditions(
            error => error.Key.ShouldBe("Port"),
            error => error.Line.ShouldBe(5),
            error => error.Message.ShouldContain("line 6 is indented deeper"));

    [Theory]
    [InlineData("Prot = 5", "Did you mean \"Port\"?")]
    [InlineData("TmpDir = /t", "Did you mean \"TempDir\"?")]
    [InlineData("Ignore_Dirs = a", "Did you mean \"IgnoreDirs\"?")]
    [InlineData("Location = /a", "belongs in [Directory NAME]")]
    [InlineData("ChunkSize = 1", "belongs in [MONSTER]")]
    [InlineData("CongestionControl = b b r", "is no congestion control")]
    [InlineData("Wholly = other", "Known here: Address, TempDir")]
    [InlineData("Port = 5\nPort = 6", "a second time")]
    [InlineData("Port = 5\nport = 6", "the first is in line 5")]
    [InlineData("just words", "neither a section nor")]
    [InlineData("= 5", "A key is missing")]
    [InlineData("Username = \"open", "not closed")]
    [InlineData("IgnoreDirs = a, \"open", "not closed")]
    [InlineData("Username = %(Address)s", "not supported")]
    [InlineData("Username = a\u0007b", "control character U+0007")]
    [InlineData("[Vessel one]\nAddress = x", "a second time; the first is in line 3")]
    [InlineData("[Vesel two]\nAddress = x", "Did you mean [Vessel two]?")]
    [InlineData("[Monstr]", "Did you mean [MONSTER]?")]
    [InlineData("[Vessel]\nAddress = x", "needs a name")]
    [InlineData("[MONSTER big]", "has no name")]
    [InlineData("[DEFAULT]\nPort = 5", "Defaults for all sections are not supported")]
    [InlineData("[Unit]\nDescription = x", "Known are [MONSTER]")]
    [InlineData("[Vessel two\nAddress = x", "closing bracket")]
    [InlineData("[Vessel a]b]\nAddress = x", "only a comment may follow")]
    [InlineData("[Vessel \"two\"]\nAddress = x", "without quotation marks")]
    [InlineData("[Vessel two]\nPort = 22", "needs this key")]
    [InlineData("[Vessel two]\nAddress =", "needs this key")]
    public void What_cannot_be_meant_is_an_error_that_says_what_to_do(string lines, string message) =>
        Ini.VesselError(lines).Message.ShouldContain(message);

    [Fact]
    public void A_line_that_is_an_error_is_not_missed_as_well() =>
        Ini.Parse("[Directory d]\nLocation = /d\n[Vessel v]\nAddress = 127.0\u0007.0.1\n").Errors.ShouldHaveSingleItem().Message.ShouldContain("U+0007");

    [Fact]
    public void Every_error_is_told_at_once_in_the_order_of_lines()
    {
        SettingsResult result = Ini.Parse("Port = 1\n[MONSTER]\nChunkSize = much\n[Directory d]\nLocation = here\nColour = red\n[Vessel v]\nPort = 70000\n[Vessel v]\nTimeout = 1y\n");

        result.Settings.ShouldBeNull();
        result.Errors.Select(error => (error.Line, error.Key)).ShouldBe(
            [(1, null), (3, "ChunkSize"), (5, "Location"), (6, "Colour"), (7, "Address"), (8, "Port"), (9, "Address"), (9, null), (10, "Timeout")], ignoreOrder: true);
        result.Errors.Select(error => error.Line).ShouldBeInOrder();
    }

    [Fact]
    public void An_error_is_one_line_with_file_line_section_and_key() =>
        Ini.VesselError("Prot = 5").ToString().ShouldBe(
            "/etc/contentmonster/settings.ini:5: [Vessel one] Prot: There is no such key. Did you mean \"Port\"?");

    [Fact]
    public void Section_names_are_safe_to_print() =>
        Ini.Parse("[Vessel a\u202eb]\nAddress = -x\n").Errors.ShouldAllBe(error => !error.ToString().Contains('\u202e'));

    [Fact]
    public void Empty_values_count_as_not_given()
    {
        SettingsResult result = Ini.Parse(Ini.Whole + "Port =\nPassword =  # none\nIgnoreDirs =\nUsername = \"\"\n");
        result.Errors.ShouldBeEmpty();
        result.Settings!.Vessels.Single().ShouldSatisfyAllConditions(
            vessel => vessel.Port.ShouldBeNull(), vessel => vessel.Password.ShouldBeNull(), vessel => vessel.Username.ShouldBeNull(), vessel => vessel.IgnoreDirs.ShouldBeEmpty());
        result.Warnings.Select(warning => warning.Key).Distinct(StringComparer.Ordinal).ShouldBe(["Port", "Password", "Username"]);
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_named_with_their_line()
    {
        byte[] content = [.. Encoding.UTF8.GetBytes(Ini.Whole), .. "Username = j"u8, 0xF6, .. "rg\n"u8];
        SettingsReader.Parse(content, Ini.Path).Errors.ShouldHaveSingleItem().ToString().ShouldStartWith("/etc/contentmonster/settings.ini:5: The file is not UTF-8");
        SettingsReader.Parse(Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(Ini.Whole)).ToArray(), Ini.Path)
            .Errors.ShouldHaveSingleItem().Message.ShouldContain("UTF-16");
    }

    [Fact]
    public void An_empty_file_has_neither_directory_nor_vessel() =>
        Ini.Parse("").Errors.Select(error => error.Message).ShouldBe(
            ["There is no directory to send. Add a section [Directory NAME] with a Location.", "There is no vessel to send to. Add a section [Vessel NAME] with an Address."]);

    [Fact]
    public void A_file_that_is_something_else_gives_a_bounded_number_of_errors() =>
        Ini.Parse("[Vessel v]\n" + string.Concat(Enumerable.Repeat("some line of some book\n", 5000))).Errors.Count.ShouldBeLessThan(250);
}
