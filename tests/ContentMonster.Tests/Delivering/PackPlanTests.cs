using ContentMonster.Delivering;
using ContentMonster.Model;

namespace ContentMonster.Tests.Delivering;

public sealed class PackPlanTests
{
    [Fact]
    public void Files_of_one_directory_find_together_and_few_go_alone()
    {
        Delivery[] many = [.. Enumerable.Range(0, 20).Select(id => Of(id, $"many/f{id}"))];
        Delivery[] few = [.. Enumerable.Range(100, PackPlan.LeastFiles - 1).Select(id => Of(id, $"few/f{id}"))];
        (IReadOnlyList<IReadOnlyList<Delivery>> packs, IReadOnlyList<Delivery> alone) = PackPlan.Split([.. many.Zip(few.Concat(many)).SelectMany(pair => new[] { pair.First, pair.Second }).Distinct()], 1, PackBuilder.MostBytes, _ => true);
        packs.ShouldHaveSingleItem().ShouldBe(many, ignoreOrder: true);
        alone.ShouldBe(few, ignoreOrder: true);
    }

    [Fact]
    public void A_pack_holds_so_many_files_bytes_and_letters_and_no_more()
    {
        PackPlan.Split([.. Enumerable.Range(0, PackBuilder.MostFiles + 20).Select(id => Of(id, $"f{id}"))], 1, 3 * PackBuilder.MostBytes, _ => true).Packs.Select(pack => pack.Count).ShouldBe([PackBuilder.MostFiles, 20]);
        PackPlan.Split([.. Enumerable.Range(0, 532).Select(id => Of(id, $"f{id}"))], 1, PackBuilder.MostBytes, _ => true).Packs.Select(pack => pack.Count).ShouldBe([512, 20], "over a long way several go side by side");
        PackPlan.Split([.. Enumerable.Range(0, PackBuilder.MostFiles + 2).Select(id => Of(id, $"f{id}"))], 1, 3 * PackBuilder.MostBytes, _ => true).Alone.Count.ShouldBe(2);
        PackPlan.Split([.. Enumerable.Range(0, 20).Select(id => Of(id, $"f{id}", PackBuilder.LargestFile))], 1, PackBuilder.MostBytes, _ => true).Packs
            .ShouldAllBe(pack => pack.Sum(one => one.Version.Stamp.SizeInBytes) <= PackBuilder.MostBytes);
        PackPlan.Split([.. Enumerable.Range(0, 400).Select(id => Of(id, $"{new string('n', 240)}{id}"))], 1, PackBuilder.MostBytes, _ => true).Packs
            .ShouldAllBe(pack => pack.Sum(one => one.Version.Path.Bytes.Length) <= PackBuilder.MostNameBytes);
    }

    [Fact]
    public void They_are_cut_into_as_many_as_are_wanted_and_leave_no_crumbs()
    {
        Delivery[] files = [.. Enumerable.Range(0, 200).Select(id => Of(id, $"f{id}", 10_240))];
        (IReadOnlyList<IReadOnlyList<Delivery>> packs, IReadOnlyList<Delivery> alone) = PackPlan.Split(files, 6, PackBuilder.MostBytes, _ => true);
        packs.Select(pack => pack.Count).ShouldBe([33, 33, 33, 33, 33, 35]);
        alone.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("line\nbreak", 10, 0, "")]
    [InlineData("back\\slash", 10, 0, "")]
    [InlineData("not utf-8 \u00ff", 10, 0, "")]
    [InlineData("large", (128 << 10) + 1, 0, "")]
    [InlineData("before 1970", 10, -1, "")]
    [InlineData("begun alone", 10, 0, ".begun alone.0123456789abcdef0123456789abcdef.part")]
    public void What_a_pack_cannot_carry_goes_alone(string name, long size, long modified, string part)
    {
        Delivery odd = Of(1, name, size, modified) with { Part = part.Length == 0 ? null : BytePath.FromText(part) };
        PackBuilder.Takes(odd).ShouldBeFalse();
        PackBuilder.Takes(Of(1, "plain")).ShouldBeTrue();
        PackBuilder.Takes(Of(1, "plain") with { Part = PartName.Pack(default, PartName.NewId()) }).ShouldBeFalse("its pack broke");
        PackBuilder.Takes(Of(1, "plain") with { Failures = 1 }).ShouldBeFalse();
    }

    // Latin-1, so that every byte can be named.
    private static Delivery Of(long id, string path, long size = 1_000, long modified = 5_000_000_000) => Cargo.Delivery(Cargo.Version(id, size) with
    {
        Path = new BytePath(System.Text.Encoding.Latin1.GetBytes(path)), Stamp = new FileStamp(1, id, size, modified, 4, 420), ChunkSizeInBytes = 1 << 20,
    });
}
