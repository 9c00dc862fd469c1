using System.Text;
using ContentMonster.Configuration;
using ContentMonster.Model;

namespace ContentMonster.Tests.Configuration;

public sealed class GlobTests
{
    [Theory]
    [InlineData("*.pdf", "a.pdf", true)]
    [InlineData("*.pdf", "x/y/a.pdf", true)]
    [InlineData("*.pdf", "a.pdf.tmp", false)]
    [InlineData("*.pdf", "a.PDF", false)]
    [InlineData("*", "x/y", true)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "aäc", true)]
    [InlineData("a?c", "a/c", false)]
    [InlineData("a?c", "ac", false)]
    [InlineData("[a-c]1", "b1", true)]
    [InlineData("[a-c]1", "d1", false)]
    [InlineData("[!a-c]1", "d1", true)]
    [InlineData("[^a-c]1", "a1", false)]
    [InlineData("[]x]1", "]1", true)]
    [InlineData("[a-]1", "-1", true)]
    [InlineData("[äö]1", "ö1", true)]
    [InlineData("a[!x]b", "a/b", false)]
    [InlineData("\\*x", "*x", true)]
    [InlineData("\\*x", "ax", false)]
    [InlineData("x/*.o", "x/a.o", true)]
    [InlineData("x/*.o", "x/y/a.o", false)]
    [InlineData("x/*.o", "z/x/a.o", false)]
    [InlineData("x/**.o", "x/y/a.o", true)]
    [InlineData("/top", "top", true)]
    [InlineData("/top", "a/top", false)]
    [InlineData("**/top", "top", true)]
    [InlineData("**/top", "a/b/top", true)]
    [InlineData("**/top", "a/btop", false)]
    [InlineData("a/**/z", "a/z", true)]
    [InlineData("a/**/z", "a/b/c/z", true)]
    [InlineData("a/**/z", "a/bz", false)]
    [InlineData("a/**", "a/b/c", true)]
    [InlineData("a/**", "a", false)]
    [InlineData("**/a/**/b", "x/a/y/a/b", true)]
    [InlineData("tmp", "tmp/deep/file", true)]
    [InlineData("tmp", "x/tmp/file", true)]
    [InlineData("tmp", "tmpx/file", false)]
    [InlineData("tmp/", "tmp", false)]
    [InlineData("tmp/", "x/tmp/file", true)]
    [InlineData("x/tmp/", "x/tmp/file", true)]
    [InlineData("x/tmp/", "y/x/tmp/file", false)]
    [InlineData(".*", ".hidden", true)]
    [InlineData("*", ".hidden", true)]
    public void A_pattern_means_files_by_the_rules_of_gitignore(string pattern, string path, bool meant)
    {
        var file = BytePath.FromText(path);
        new PathFilter([pattern], []).Takes(file).ShouldBe(meant, "included");
        new PathFilter([], [pattern]).Takes(file).ShouldBe(!meant, "excluded");
    }

    [Theory]
    [InlineData("tmp", "tmp", false)]
    [InlineData("tmp/", "tmp", false)]
    [InlineData("tmp/", "a/tmp/b", false)]
    [InlineData("*.pdf", "tmp", true)]
    [InlineData("a/b/", "a", true)]
    [InlineData("a/b/", "a/b", false)]
    [InlineData("a/*.o", "a", true)]
    public void An_excluded_directory_is_not_entered(string pattern, string directory, bool entered) =>
        new PathFilter([], [pattern]).Enters(BytePath.FromText(directory)).ShouldBe(entered);

    [Theory]
    [InlineData("*.pdf", "any", true)]
    [InlineData("a/b/*.pdf", "a", true)]
    [InlineData("a/b/*.pdf", "a/b", true)]
    [InlineData("a/b/*.pdf", "b", false)]
    [InlineData("a/b/*.pdf", "a/b/c", false)]
    [InlineData("a/b/", "a/b/c", true)]
    [InlineData("/top.txt", "a", false)]
    [InlineData("**/x", "a/b", true)]
    [InlineData("a/**", "a/b/c", true)]
    public void A_directory_that_can_hold_nothing_included_is_not_entered(string pattern, string directory, bool entered) =>
        new PathFilter([pattern], []).Enters(BytePath.FromText(directory)).ShouldBe(entered);

    [Fact]
    public void Location_itself_is_always_entered_and_no_pattern_takes_all()
    {
        new PathFilter(["x"], ["*"]).Enters(default).ShouldBeTrue();
        new PathFilter([], []).Takes(BytePath.FromText("a/b")).ShouldBeTrue();
    }

    [Fact]
    public void What_is_excluded_stays_out_whatever_is_included()
    {
        var filter = PathFilter.Of(new DirectorySettings { Name = "d", Location = "/d", RemoteLocation = "/d", Include = ["*.a", "keep/"], Exclude = ["x*"] });
        filter.Takes(BytePath.FromText("1.a")).ShouldBeTrue();
        filter.Takes(BytePath.FromText("keep/1.b")).ShouldBeTrue();
        filter.Takes(BytePath.FromText("keep/x1.a")).ShouldBeFalse();
        filter.Takes(BytePath.FromText("1.b")).ShouldBeFalse();
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_one_character_each_and_equal_no_letter()
    {
        var name = new BytePath([.. "a"u8, 0xE4, .. "b.txt"u8]);
        new PathFilter(["*.txt"], []).Takes(name).ShouldBeTrue();
        new PathFilter(["a?b.txt"], []).Takes(name).ShouldBeTrue();
        new PathFilter(["aäb.txt", "a\uFFFDb.txt"], []).Takes(name).ShouldBeFalse();
    }

    [Fact]
    public void Names_that_only_look_alike_differ() =>
        new PathFilter(["e\u0301"], []).Takes(BytePath.FromText("\u00e9")).ShouldBeFalse();

    [Fact]
    public void No_pattern_makes_matching_explode()
    {
        // Backtracking would need more steps here than there are atoms; a set of states needs some millions.
        string pattern = string.Concat(Enumerable.Repeat("*a**", 200)) + "b";
        new PathFilter([pattern], []).Takes(new BytePath(Encoding.ASCII.GetBytes(new string('a', 4000)))).ShouldBeFalse();
    }

    [Theory]
    [InlineData("[a")]
    [InlineData("[]")]
    [InlineData("[z-a]")]
    [InlineData("x\\")]
    [InlineData("!x")]
    [InlineData("/")]
    public void What_is_no_pattern_is_refused(string pattern) => Should.Throw<BadValueException>(() => Glob.Parse(pattern));
}
