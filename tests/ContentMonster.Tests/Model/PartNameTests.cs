using System.Text;
using ContentMonster.Model;

namespace ContentMonster.Tests.Model;

public sealed class PartNameTests
{
    private const string Id = "0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData($".file.txt.{Id}.part", true)]
    [InlineData($".x.{Id}.part", true)]
    [InlineData($"..hidden.{Id}.part", true)]
    [InlineData($"file.txt.{Id}.part", false)]
    [InlineData($".{Id}.part", false)]
    [InlineData(".file.0123456789ABCDEF0123456789ABCDEF.part", false)]
    [InlineData(".file.0123456789abcdef0123456789abcde.part", false)]
    [InlineData($".file.{Id}.parts", false)]
    [InlineData(".part", false)]
    [InlineData("", false)]
    public void Only_our_own_pattern_is_ours(string name, bool ours) => PartName.IsSibling(Encoding.UTF8.GetBytes(name)).ShouldBe(ours);

    [Theory]
    [InlineData(1)]
    [InlineData(216)]
    [InlineData(217)]
    [InlineData(255)]
    public void A_sibling_is_never_longer_than_a_name_can_be_and_always_ours(int length)
    {
        BytePath destination = BytePath.FromText("inbox/" + new string('n', length));
        BytePath sibling = PartName.Sibling(destination, Id);
        sibling.Parent.ShouldBe(destination.Parent);
        sibling.Name.Span.Length.ShouldBe(Math.Min(255, length + 39));
        PartName.IsSibling(sibling.Name.Span).ShouldBeTrue();
        PartName.IdOf(sibling).ShouldBe(Id);
    }

    [Fact]
    public void Long_names_that_differ_only_at_their_end_have_different_siblings() =>
        PartName.Sibling(BytePath.FromText(new string('n', 250) + "1"), Id).ShouldNotBe(PartName.Sibling(BytePath.FromText(new string('n', 250) + "2"), Id));

    [Fact]
    public void The_id_is_found_in_names_in_TempDir_and_nowhere_else()
    {
        PartName.IdOf(PartName.InTempDir(BytePath.FromText("tmp/shore"), Id)).ShouldBe(Id);
        PartName.IdOf(PartName.Chunk(BytePath.FromText("tmp/shore"), Id, 7)).ShouldBeNull();
        PartName.IdOf(BytePath.FromText("report.part")).ShouldBeNull();
        string.Equals(PartName.NewId(), PartName.NewId(), StringComparison.Ordinal).ShouldBeFalse();
        PartName.NewId().Length.ShouldBe(PartName.IdLength);
    }
}
