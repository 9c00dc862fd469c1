using System.Text;
using ContentMonster.Configuration;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Security;

/// <summary>Names that are commands, options and tokens, on a real delivery: they arrive to the byte and nothing runs.</summary>
public sealed class HostileNamesTests
{
    private const string Mark = "cm-mark";
    private const int LeastNames = 100;

    [Theory]
    [InlineData(AssemblyWay.InPlace)]
    [InlineData(AssemblyWay.Cat)]
    public async Task Names_that_are_commands_arrive_as_names(AssemblyWay way)
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        rig.Settings = rig.Settings with { ChunkSizeInBytes = 64 << 10 };
        rig.Change("v1", vessel => vessel with { Assembly = way, TempDir = way == AssemblyWay.Cat ? "tmp dir" : null });
        rig.ChangeDirectory(directory => directory with { RemoteLocation = $"in box;touch {Mark}; 'x' \"y\" & |" });
        Dictionary<string, string> hashes = [];
        foreach (string text in InjectionTable.FileNames)
        {
            // One that leaves its mark wherever it runs, for it needs no slash.
            string name = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text.Replace("RUN", "touch " + Mark, StringComparison.Ordinal)));
            hashes[name] = rig.Put(name, hashes.Count % 7 == 0 ? 150_000 : 10);
        }

        hashes.Count.ShouldBeGreaterThan(LeastNames);
        await rig.StartAsync();
        await rig.UntilArchivedAsync([.. hashes.Keys]);
        await rig.StopAsync();
        var there = new Tree(Path.Combine(rig.HomeOf("v1"), rig.Settings.Directories[0].RemoteLocation));
        there.Files.ShouldBe(hashes.Keys.Order(StringComparer.Ordinal));
        hashes.ShouldAllBe(pair => there.Hash(pair.Key) == pair.Value);
        string[] places = [rig.Scratch, Environment.CurrentDirectory, AppContext.BaseDirectory, rig.Server("v1").DirectoryPath];
        places.SelectMany(place => Directory.EnumerateFiles(place, Mark, SearchOption.AllDirectories)).ShouldBeEmpty();
        foreach (string line in rig.Log.Lines)
        {
            Fuzzing.Harmless.Check(line);
        }
    }
}
