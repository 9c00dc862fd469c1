using ContentMonster.Configuration;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Delivering;

/// <summary>A file of more chunk files than the Python program could join (some 1,930: one word of a command line named them all).</summary>
public sealed class ManyPiecesTests
{
    private const int Pieces = 2_000;
    private const int Chunk = 4 << 10;

    [Fact]
    public async Task A_file_of_thousands_of_chunk_files_is_joined()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        string temp = Path.Combine(rig.HomeOf("v1"), "tmp");
        rig.Change("v1", vessel => vessel with { Assembly = AssemblyWay.Cat, TempDir = temp });
        rig.Settings = rig.Settings with { ChunkSizeInBytes = Chunk };
        string hash = rig.Put("file", (Pieces * Chunk) - 1);
        await rig.StartAsync();
        await rig.UntilArchivedAsync("file");
        rig.InboxOf("v1").Hash("file").ShouldBe(hash);
        rig.SentFor("file", "v1").ShouldBe([(Pieces * Chunk) - 1]);
        rig.Said("steps back").ShouldBeFalse();
        await rig.UntilAsync(() => new Tree(temp).Files.Count == 0, "the chunk files are removed");
    }
}
