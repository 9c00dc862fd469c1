using ContentMonster.Configuration;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

public sealed class TwoShoresTests
{
    [Theory]
    [InlineData(AssemblyWay.InPlace)]
    [InlineData(AssemblyWay.Cat)]
    public async Task Two_shores_with_the_same_vessel_TempDir_and_names_both_finish_and_the_last_one_wins_whole(AssemblyWay way)
    {
        await using DeliveryRig one = await DeliveryRig.WithAsync("v1");
        one.Change("v1", vessel => vessel with { Assembly = way, TempDir = Path.Combine(one.HomeOf("v1"), "tmp") });
        await using DeliveryRig two = await DeliveryRig.WithAsync();
        two.AddVessel(one.Settings.Vessels.Single());
        string[] names = [.. Enumerable.Range(0, 15).Select(number => $"file{number:00}")];
        var contents = new List<(string Name, string Hash)>();
        foreach (string name in names)
        {
            contents.Add((name, one.Put(name, 1_500_000)));
            contents.Add((name, two.Put(name, 1_500_000)));
        }

        await Task.WhenAll(one.StartAsync(), two.StartAsync());
        await one.UntilArchivedAsync(names);
        await two.UntilArchivedAsync(names);
        one.InboxOf("v1").Files.ShouldBe(names);
        names.ShouldAllBe(name => contents.Contains(new ValueTuple<string, string>(name, one.InboxOf("v1").Hash(name))));
        var temp = new Tree(Path.Combine(one.HomeOf("v1"), "tmp"));
        temp.Files.ShouldBeEmpty();
        Directory.GetDirectories(temp.Root).Length.ShouldBe(2, "a folder each");
    }
}
