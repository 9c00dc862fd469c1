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
}
