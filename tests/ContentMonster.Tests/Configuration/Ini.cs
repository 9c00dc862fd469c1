using System.Text;
using ContentMonster.Configuration;

namespace ContentMonster.Tests.Configuration;

/// <summary>Settings from text, as these tests want them.</summary>
internal static class Ini
{
    public const string Path = "/etc/contentmonster/settings.ini";

    public const string Whole = "[Directory out]\nLocation = /srv/out\n[Vessel one]\nAddress = one.example\n";

    public static SettingsResult Parse(string text) => SettingsReader.Parse(Encoding.UTF8.GetBytes(text), Path);

    public static Settings Good(string text)
    {
        SettingsResult result = Parse(text);
        result.Errors.ShouldBeEmpty();
        return result.Settings.ShouldNotBeNull();
    }

    public static VesselSettings Vessel(string keys) => Good(Whole + keys).Vessels.Single();

    public static DirectorySettings Directory(string keys) =>
        Good("[Vessel one]\nAddress = one.example\n[Directory out]\nLocation = /srv/out\n" + keys).Directories.Single();

    public static SettingsProblem VesselError(string keys) => Parse(Whole + keys).Errors.ShouldHaveSingleItem();

    public static SettingsProblem DirectoryError(string keys) =>
        Parse("[Vessel one]\nAddress = one.example\n[Directory out]\n" + keys).Errors.ShouldHaveSingleItem();
}
