using ContentMonster.Ledger;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Delivering;

/// <summary>Big files of a higher priority, and small ones on a slow link.</summary>
public sealed class OvertakingTests
{
    private const string Urgent = "urgent";

    [Fact]
    public async Task A_big_file_of_a_higher_priority_goes_before_those_that_are_under_way()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        rig.AddDirectory(Urgent);
        rig.Settings = rig.Settings with { Directories = [.. rig.Settings.Directories.Select(one => one.Name == Urgent ? one with { Priority = 10 } : one)] };
        rig.Change("v1", vessel => vessel with { BandwidthLimit = 2 << 20 });
        foreach (string name in new[] { "a", "b", "c", "d" })
        {
            rig.Put(name, new byte[48 << 20]);
        }

        await rig.StartAsync();
        await rig.UntilAsync(() => rig.Shown("v1").Active is { Count: 3 } active && active.Any(file => file.AcknowledgedBytes > 0), "three are under way");
        rig.Put("now", (1 << 20) + (1 << 19), Urgent);
        await rig.UntilPublishedAsync("v1", 1);
        (await rig.HistoryAsync()).Where(entry => entry.Event == HistoryEvent.Published).ShouldHaveSingleItem().Path.ShouldBe(Tree.Name("now"));
        rig.Shown("v1").Active.Count.ShouldBe(3); // the fourth waits its turn
    }

    [Fact]
    public async Task A_tiny_file_does_not_wait_behind_a_queue_of_those_that_are_one_chunk_each()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        rig.Settings = rig.Settings with { ChunkSizeInBytes = 10 << 20 };
        rig.Change("v1", vessel => vessel with { BandwidthLimit = 2 << 20 });
        foreach (string name in new[] { "a", "b", "c", "d", "e" })
        {
            rig.Put(name, 9_000_000);
        }

        await rig.StartAsync();
        await rig.UntilAsync(() => rig.Shown("v1").Active.Any(file => file.AcknowledgedBytes > 0), "one is under way");
        rig.Put("tiny", 2);
        await rig.UntilAsync(() => rig.InboxOf("v1").Files.Contains("tiny", StringComparer.Ordinal), "it is there");
        rig.InboxOf("v1").Files.Count(static file => file.Length == 1).ShouldBeLessThan(3);
    }

    [Fact]
    public async Task How_far_a_small_file_is_on_a_slow_link_outlives_a_kill()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        rig.Change("v1", vessel => vessel with { BandwidthLimit = 16 << 10 });
        rig.Put("small", 900_000);
        await rig.StartAsync();
        await rig.UntilAsync(() => Saved(rig) > 0, "the ledger knows how far it is");
        (await rig.TotalsOfAsync("v1")).PublishedFiles.ShouldBe(0);
    }

    private static long Saved(DeliveryRig rig)
    {
        using LedgerConnection reader = LedgerConnection.OpenReader(rig.Ledger);
        return reader.Number("select sum(acknowledged) from chunk") ?? 0;
    }
}
