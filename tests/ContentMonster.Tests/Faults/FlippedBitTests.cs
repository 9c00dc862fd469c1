using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;
using Microsoft.Data.Sqlite;

namespace ContentMonster.Tests.Faults;

/// <summary>A bit of an unfinished file changes on the vessel: found by its hash there, and that chunk alone is sent again.</summary>
public sealed class FlippedBitTests
{
    private const int Chunk = 1 << 20;
    private const int BigChunk = 6 << 20; // whole only after seconds: time to flip a bit of what is there of it
    private const int Length = (12 * Chunk) + 1000;
    private const int Stop = 19;
    private const int Continue = 18;

    [Fact]
    public async Task In_place_before_the_chunk_is_verified()
    {
        await using DeliveryRig rig = await UnderWayAsync(AssemblyWay.InPlace, tempDir: null, acknowledged: 100_000);
        Frozen(rig, () =>
        {
            rig.Shown("v1").Active.Single().AcknowledgedBytes.ShouldBeLessThan(BigChunk, "the first chunk is not whole yet");
            Flip(Path.Combine(rig.InboxOf("v1").Root, rig.InboxOf("v1").Files.Single(name => name.StartsWith(".file", StringComparison.Ordinal))));
        });
        await SentAgainAsync(rig, BigChunk);
    }

    // So fast that what has arrived is hashed as one at the end.
    [Fact]
    public async Task In_place_of_a_file_that_comes_fast()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        await BeginAsync(rig, AssemblyWay.InPlace, tempDir: null, acknowledged: 100_000, bytesPerSecond: 12_000_000);
        Frozen(rig, () => Flip(Path.Combine(rig.InboxOf("v1").Root, rig.InboxOf("v1").Files.Single(name => name.StartsWith(".file", StringComparison.Ordinal)))));
        await SentAgainAsync(rig, BigChunk);
    }

    [Fact]
    public async Task In_a_chunk_file_after_it_was_verified_and_before_it_is_joined()
    {
        await using DeliveryRig rig = await UnderWayAsync(AssemblyWay.Cat, "tmp", acknowledged: 100_000);
        await UntilFirstChunkIsVerifiedAsync(rig);
        var temp = new Tree(Path.Combine(rig.HomeOf("v1"), "tmp"));
        Flip(Path.Combine(temp.Root, temp.Files.Single(name => name.EndsWith("_0.part", StringComparison.Ordinal))));
        await SentAgainAsync(rig);
        temp.Files.ShouldBeEmpty();
    }

    [Fact]
    public async Task In_TempDir_on_another_file_system_after_it_was_verified_and_before_it_is_copied()
    {
        Assert.SkipUnless(Posix.IsRoot, "Mounting takes root.");
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        using var other = new SmallDisk(Path.Combine(rig.HomeOf("v1"), "tmp"), "16m");
        await BeginAsync(rig, AssemblyWay.InPlace, "tmp", acknowledged: 100_000);
        await UntilFirstChunkIsVerifiedAsync(rig);
        var temp = new Tree(Path.Combine(rig.HomeOf("v1"), "tmp"));
        Flip(Path.Combine(temp.Root, temp.Files.Single()));
        await SentAgainAsync(rig);
        temp.Files.ShouldBeEmpty();
    }

    private static async Task SentAgainAsync(DeliveryRig rig, int chunk = Chunk)
    {
        await rig.UntilArchivedAsync("file");
        rig.InboxOf("v1").Hash("file").ShouldBe(rig.Shore.Hash("processed/file"));
        rig.InboxOf("v1").Files.ShouldBe(["file"]);
        rig.SentFor("file", "v1").ShouldBe([Length + chunk], "one chunk went twice");
        rig.Said("steps back").ShouldBeFalse("no failure to wait for");
    }

    // Booked about once a second; several chunks travel side by side, and there are more to come.
    private static async Task UntilFirstChunkIsVerifiedAsync(DeliveryRig rig)
    {
        using var ledger = new SqliteConnection($"Data Source={rig.Ledger};Mode=ReadOnly;Pooling=False");
        ledger.Open();
        using SqliteCommand verified = ledger.CreateCommand();
        verified.CommandText = "select count(*) from chunk where number = 0 and verified_boot <> ''";
        await rig.UntilAsync(() => verified.ExecuteScalar() is 1L, "the first chunk is verified");
        rig.Shown("v1").Active.Single().AcknowledgedBytes.ShouldBeLessThan(Length, "there is more to come");
    }

    private static void Flip(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        stream.Position = 4321;
        int there = stream.ReadByte();
        stream.Position = 4321;
        stream.WriteByte((byte)(there ^ 0x10));
    }

    // No byte moves while the vessel's SFTP servers stand still.
    private static void Frozen(DeliveryRig rig, Action act)
    {
        SeenProcess[] servers = [.. rig.Server("v1").SessionPids().SelectMany(ProcessTree.DescendantsOf).Where(found => found.Name == "sftp-server").DistinctBy(found => found.ProcessId)];
        servers.ShouldNotBeEmpty();
        try
        {
            Array.ForEach(servers, server => _ = RunningDaemon.Send(server.ProcessId, Stop));
            act();
        }
        finally
        {
            Array.ForEach(servers, server => _ = RunningDaemon.Send(server.ProcessId, Continue));
        }
    }

    private static async Task<DeliveryRig> UnderWayAsync(AssemblyWay way, string? tempDir, long acknowledged)
    {
        DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        await BeginAsync(rig, way, tempDir, acknowledged);
        return rig;
    }

    private static async Task BeginAsync(DeliveryRig rig, AssemblyWay way, string? tempDir, long acknowledged, long bytesPerSecond = 1_500_000)
    {
        rig.Change("v1", vessel => vessel with
        {
            Assembly = way, BandwidthLimit = bytesPerSecond, Connections = 1, TempDir = tempDir is null ? null : Path.Combine(rig.HomeOf("v1"), tempDir),
        });
        rig.Settings = rig.Settings with { ChunkSizeInBytes = way == AssemblyWay.InPlace && tempDir is null ? BigChunk : Chunk };
        rig.Put("file", Length);
        await rig.StartAsync();
        await rig.UntilAsync(() => rig.Shown("v1").Active.Any(file => file.AcknowledgedBytes > acknowledged), "the file is under way");
    }
}
