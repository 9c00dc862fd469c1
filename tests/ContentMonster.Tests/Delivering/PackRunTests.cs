using System.Collections.Concurrent;
using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Tests.Ledger;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Delivering;

public sealed class PackRunTests
{
    private static readonly VesselException TooLong = new(FailureKind.Refused, "Could not look at it, because its name is too long.");
    private static readonly VesselException Gone = new(FailureKind.ConnectionLost, "Could not look at it, because the connection ended.");
    private static readonly RemoteLook There = new(RemoteKind.Regular, 1, 0, 420, 0);

    [Fact]
    public async Task A_file_that_cannot_be_looked_at_goes_alone_and_fails_no_other()
    {
        PackOutcome outcome = await RunAsync(file => file == "file2" ? Task.FromException<RemoteLook?>(TooLong) : Task.FromResult<RemoteLook?>(There));
        outcome.Alone.Select(delivery => delivery.Version.Id).ShouldBe([1, 2, 3]);
        outcome.Failed.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_listing_names_is_not_looked_at_again()
    {
        BytePath[] there = [.. Enumerable.Range(1, KnownNames.LeastLooks).Select(id => Cargo.Version(id, 1_000).Path.Name)];
        PackOutcome outcome = await RunAsync(_ => Task.FromException<RemoteLook?>(Gone), there.ToHashSet());
        outcome.Alone.Count.ShouldBe(KnownNames.LeastLooks);
    }

    [Fact]
    public async Task A_link_that_breaks_meanwhile_is_told_as_such() =>
        (await Should.ThrowAsync<VesselException>(() => RunAsync(_ => Task.FromException<RemoteLook?>(Gone)))).IsOfTheLink.ShouldBeTrue();

    [Fact]
    public async Task What_stands_at_the_destinations_is_asked_for_behind_the_archive_s_handle()
    {
        using var shore = new ScratchDirectory();
        using var room = new LedgerRoom();
        await using SqliteLedger ledger = await room.OpenAsync();
        using var sources = new SourceLibrary(ledger, new Dictionary<string, string>(StringComparer.Ordinal) { ["in"] = shore.Path });
        IReadOnlyList<Delivery> deliveries = await RecordAsync(ledger, shore, 3);
        var asked = new ConcurrentQueue<string>();
        var lane = new TellingLane(asked);
        var vessel = new HandVessel<IVesselLane>
        {
            Facts = new VesselFacts { CanUnpack = true },
            Look = path =>
            {
                asked.Enqueue("look");
                return Task.FromResult<RemoteLook?>(null);
            },
        };
        var unpacker = new Batcher<PackContent, bool>(1, static (packs, _) => Task.FromResult<IReadOnlyList<bool>>([.. packs.Select(static _ => true)]));
        async Task CarryAsync(Piece piece, CancellationToken cancellationToken)
        {
            // As if the lane were busy.
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
            await piece.SendAsync(lane, static _ => { }, cancellationToken);
        }

        var progress = new VesselProgress("v", new ManualTime());
        var tools = new ShipmentTools(vessel, ledger, sources, null!, null!, unpacker, CarryAsync, version => version.Path, progress);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task unpacking = unpacker.RunAsync(stop.Token);
        PackOutcome outcome = await new PackRun(tools, deliveries, [.. deliveries.Select(delivery => new Shipment(delivery, progress.Begin(delivery.Version)))]).RunAsync(stop.Token);
        outcome.Published.Count.ShouldBe(3);
        asked.ShouldBe(["open", "look", "look", "look"]);
        await stop.CancelAsync();
        await unpacking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    [Fact]
    public void Each_file_of_a_pack_shows_its_part_of_what_is_acknowledged_and_nothing_of_it_is_saved()
    {
        (Shipment packed, VesselProgress.ActiveEntry shown) = Begin(1, 1_000);
        (Shipment other, VesselProgress.ActiveEntry otherShown) = Begin(2, 1_000);
        new PackShare([packed, other], new HashSet<long> { 1 }).Acknowledged(2_500, 10_000);
        packed.BytesSent.ShouldBe(250);
        shown.ToFile().AcknowledgedBytes.ShouldBe(250);
        packed.TakeUnsaved().ShouldBeEmpty();
        other.BytesSent.ShouldBe(0);
        otherShown.ToFile().AcknowledgedBytes.ShouldBe(0);
    }

    private static Task<PackOutcome> RunAsync(Func<string, Task<RemoteLook?>> look, HashSet<BytePath>? names = null)
    {
        var vessel = new HandVessel<IVesselLane> { Look = path => look(path.ToString()), List = _ => Task.FromResult<IReadOnlySet<BytePath>?>(names) };
        Delivery[] deliveries = [.. Enumerable.Range(1, names?.Count ?? 3).Select(id => Cargo.Delivery(Cargo.Version(id, 1_000)))];
        var progress = new VesselProgress("v", new ManualTime());
        Shipment[] shipments = [.. deliveries.Select(delivery => new Shipment(delivery, progress.Begin(delivery.Version)))];
        var tools = new ShipmentTools(vessel, null!, null!, null!, null!, null!, null!, version => version.Path, progress);
        tools.FoundAny.Value = true; // So the answers are waited for.
        return new PackRun(tools, deliveries, shipments).RunAsync(TestContext.Current.CancellationToken);
    }

    private static (Shipment, VesselProgress.ActiveEntry) Begin(long id, long size)
    {
        FileVersion version = Cargo.Version(id, size);
        var shown = new VesselProgress.ActiveEntry(version);
        return (new Shipment(Cargo.Delivery(version), shown), shown);
    }

    private static async Task<IReadOnlyList<Delivery>> RecordAsync(SqliteLedger ledger, ScratchDirectory shore, int files)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        BytePath[] names = [.. Enumerable.Range(1, files).Select(number => BytePath.FromText($"file{number}"))];
        Array.ForEach(names, name => File.WriteAllText(shore[name.ToString()], "content"));
        await ledger.DeclareAsync([new DeclaredDirectory("in", 0, ["v"])], ["v"], token);
        using ShoreRoot root = ShoreRoot.Open(shore.Path);
        await ledger.RecordAsync("in", [.. names.Select(name => new SeenFile(name, root.Look(name)!.Value.Stamp))], Cargo.ChunkSize, token);
        return await ledger.QueueAsync("v", files, new HashSet<long>(), big: false, token);
    }

    /// <summary>Takes all that is sent at once.</summary>
    private sealed class TellingLane(ConcurrentQueue<string> asked) : IVesselLane
    {
        public Task Ended { get; } = new TaskCompletionSource().Task;

        public LaneSigns Signs => new(64 << 10, 2 << 20, TimeSpan.FromMilliseconds(600), IsPaced: true);

        public Task SendAsync(
            BytePath file, bool create, long remoteOffset, IChunkSource source, long sourceOffset, long length, Action<long>? acknowledged, CancellationToken cancellationToken)
        {
            asked.Enqueue("open");
            acknowledged?.Invoke(length);
            return Task.CompletedTask;
        }

        public Task ReleaseAsync(BytePath file, CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
