using System.Text;
using ContentMonster.Configuration;
using ContentMonster.Model;
using FsCheck;
using FsCheck.Fluent;

namespace ContentMonster.Tests.Configuration;

public sealed class PropertyTests
{
    private static readonly string[] Pieces =
    [
        "[MONSTER]", "[Directory a]", "[Directory b]", "[Vessel v]", "[vessel w]", "[Vessel", "]", "[", "\n", "\n", "\n", "\r\n", "\r", "\n  ", "\t", " ", "=", ":", " = ", " # ", "  ; ",
        "\"", "'", ",", "%", "%%", "%(", ")s", "\\", "~", "~/", "/", "/srv/a", "..", "-", "*", "**", "?", "[a-", "!", "10M", "8mbit", "5s", "99999999999999999999", "yes", "keep", "auto", "none", "é", "\u0000", "\u2028", "\ud83d\ude00",
        .. SectionReader.AllKeys.SelectMany(section => section.Keys).Select(key => key.Name + " = "),
    ];

    [Fact]
    public void Parse_never_throws_whatever_the_bytes() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), Holds).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Parse_never_throws_whatever_is_put_together() =>
        Prop.ForAll(Gen.Elements(Pieces).ArrayOf().Select(pieces => Encoding.UTF8.GetBytes(string.Concat(pieces))).ToArbitrary(), Holds)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3000).WithEndSize(120));

    [Fact]
    public void A_quoted_value_comes_back_to_the_letter() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyString>(), text =>
        {
            string secret = string.Concat(text.Get.Where(one => one is not '"' && !char.IsControl(one) && !char.IsSurrogate(one) && one is not ('\u2028' or '\u2029'))) + "x";
            return Ini.Vessel($"Password = \"{secret}\"").Password!.Reveal() == secret;
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void A_name_with_its_signs_escaped_matches_itself_and_nothing_else() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyString>(), ArbMap.Default.ArbFor<NonEmptyString>(), (one, other) =>
        {
            string name = string.Concat(one.Get.Where(sign => !char.IsSurrogate(sign))).Replace("/", "") + "x";
            string pattern = string.Concat(name.Select(sign => "\\" + sign));
            byte[] foreign = Encoding.UTF8.GetBytes(other.Get.Replace("/", "") + "x");
            return Glob.Parse(pattern).Matches(Encoding.UTF8.GetBytes(name), isDirectory: false)
                && Glob.Parse(pattern).Matches(foreign, isDirectory: false) == foreign.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(name));
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Matching_never_throws_whatever_the_bytes() =>
        Prop.ForAll(Gen.Elements("*", "**", "**/", "/", "?", "[a-c]", "[!a]", "a", "b", "\\*").ArrayOf().ToArbitrary(), ArbMap.Default.ArbFor<byte[]>(), (pieces, path) =>
        {
            string pattern = string.Concat(pieces);
            if (pattern.Trim('/').Length > 0)
            {
                var filter = new PathFilter([pattern], [pattern]);
                filter.Takes(new BytePath(path));
                filter.Enters(new BytePath(path));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static bool Holds(byte[] content)
    {
        SettingsResult result = SettingsReader.Parse(content, Ini.Path);
        bool printable = result.Errors.Concat(result.Warnings).All(problem => !problem.ToString().Any(char.IsControl));
        return printable && (result.Settings is null) == (result.Errors.Count > 0);
    }
}
