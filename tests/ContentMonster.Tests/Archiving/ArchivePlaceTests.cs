using System.Text;
using ContentMonster.Archiving;
using ContentMonster.Model;

namespace ContentMonster.Tests.Archiving;

public sealed class ArchivePlaceTests
{
    [Fact]
    public void The_number_comes_after_the_name() =>
        ArchivePlace.Numbered(BytePath.FromText("processed/sub/report.csv"), 12).ShouldBe(BytePath.FromText("processed/sub/report.csv.12"));

    [Theory]
    [InlineData(252, 254)]
    [InlineData(253, 255)]
    [InlineData(254, 255)]
    [InlineData(255, 255)]
    public void No_name_becomes_longer_than_a_name_can_be(int length, int then)
    {
        BytePath numbered = ArchivePlace.Numbered(BytePath.FromText("processed/" + new string('n', length)), 1);
        numbered.Name.Span.Length.ShouldBe(then);
        numbered.Name.Span.EndsWith(".1"u8).ShouldBeTrue();
        numbered.Parent.ShouldBe(BytePath.FromText("processed"));
    }

    [Fact]
    public void Names_of_any_bytes_are_kept() =>
        ArchivePlace.Numbered(new BytePath([0xff, (byte)'/', 0xfe]), 3).ShouldBe(new BytePath([0xff, (byte)'/', 0xfe, .. Encoding.ASCII.GetBytes(".3")]));
}
