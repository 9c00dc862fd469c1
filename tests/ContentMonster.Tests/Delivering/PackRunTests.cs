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
    private static readonly TimeSpan Satellite = TimeSpan.FromMilliseconds(600);
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
    public async Task What_was_asked_over_a_lane_that_breaks_is_asked_once_more()
    {
        var asked = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        PackOutcome outcome = await RunAsync(file => asked.AddOrUpdate(file, 1, static (_, times) => times + 1) == 1 ? Task.FromException<RemoteLook?>(Gone) : Task.FromResult<RemoteLook?>(There));
        outcome.Alone.Count.ShouldBe(3);
        asked.Values.ShouldBe([2, 2, 2]);
    }

    [Fact]
    public async Task A_link_that_breaks_meanwhile_is_told_as_such() =>
        (await Should.ThrowAsync<VesselException>(() => RunAsync(_ => Task.FromException<RemoteLook?>(Gone)))).IsOfTheLink.ShouldBeTrue();

    [Fact]
    public async Task What_stands_at_the_destinations_is_asked_for_behind_the_archive_s_handle()
    {
        var asked = new ConcurrentQueue<string>();
        var lane = new HandLane((length, acknowledged, _) =>
        {
            asked.Enqueue("open");
            acknowledged(length);
            return Task.CompletedTask;
        });
        PackOutcome outcome = await SendAsync(
            TimeSpan.Zero,
            async (piece, cancellationToken) =>
            {
                // As if the lane were busy.
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
                await piece.SendAsync(lane, static _ => { }, cancellationToken);
            },
            _ =>
            {
                asked.Enqueue("unpack");
                return Task.FromResult<bool?>(true);
            },
            () => asked.Enqueue("look"),
            sent: () => asked.Enqueue("sent"));
        outcome.Published.Count.ShouldBe(3);
        asked.ShouldBe(["open", "look", "look", "look", "sent", "unpack"]);
    }

    [Fact]
    public async Task Over_a_satellite_it_is_unpacked_before_its_last_bytes_are_acknowledged()
    {
        long sent = 0;
        var lane = new HandLane(async (length, acknowledged, cancellationToken) =>
        {
            sent = length;
            acknowledged(1);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        });
        var asked = new ConcurrentQueue<long>();
        PackOutcome outcome = await SendAsync(Satellite, (piece, cancellationToken) => piece.SendAsync(lane, static _ => { }, cancellationToken), content =>
        {
            asked.Enqueue(content.AwaitedBytes);
            return Task.FromResult<bool?>(true);
        });
        outcome.Published.Count.ShouldBe(3);
        asked.ShouldBe([sent]);
    }

    [Fact]
    public async Task A_vessel_for_which_an_archive_is_late_for_ever_gets_its_files_one_by_one()
    {
        int asked = 0;
        var lane = new HandLane((length, acknowledged, _) =>
        {
            acknowledged(length);
            return Task.CompletedTask;
        });
        PackOutcome outcome = await SendAsync(Satellite, (piece, cancellationToken) => piece.SendAsync(lane, static _ => { }, cancellationToken), _ =>
        {
            asked++;
            return Task.FromResult<bool?>(null);
        });
        outcome.Alone.Select(delivery => delivery.Version.Id).ShouldBe([1, 2, 3]);
        asked.ShouldBe(8);
    }

    [Fact]
    public async Task An_archive_that_came_too_late_for_that_is_unpacked_when_it_is_whole()
    {
        var late = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var lane = new HandLane(async (length, acknowledged, cancellationToken) =>
        {
            acknowledged(1);
            await late.Task.WaitAsync(cancellationToken);
            acknowledged(length);
        });
        var asked = new ConcurrentQueue<long>();
        PackOutcome outcome = await SendAsync(Satellite, (piece, cancellationToken) => piece.SendAsync(lane, static _ => { }, cancellationToken), content =>
        {
            asked.Enqueue(content.AwaitedBytes);
            late.TrySetResult();
            return Task.FromResult<bool?>(content.AwaitedBytes == 0 ? true : null);
        });
        outcome.Published.Count.ShouldBe(3);
        asked.Last().ShouldBe(0);
        asked.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(299, false)]
    [InlineData(600, true)]
    public async Task Nearer_or_while_more_waits_for_a_lane_it_is_unpacked_when_it_is_whole(int roundTripInMilliseconds, bool moreWaits)
    {
        var lane = new HandLane(async (length, acknowledged, cancellationToken) =>
        {
            acknowledged(1);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
            acknowledged(length);
        });
        var asked = new ConcurrentQueue<long>();
        await SendAsync(
            TimeSpan.FromMilliseconds(roundTripInMilliseconds),
            (piece, cancellationToken) => piece.SendAsync(lane, static _ => { }, cancellationToken),
            content =>
            {
                asked.Enqueue(content.AwaitedBytes);
                return Task.FromResult<bool?>(true);
            },
            moreWaits: moreWaits);
        asked.ShouldBe([0]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_break_the_rest_goes_by_another_lane_while_the_vessel_waits_unless_it_has_all_and_the_archive_is_gone(bool isGone)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var rest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var questions = new ConcurrentQueue<long>();
        int sends = 0;
        PackOutcome outcome = await SendAsync(
            Satellite,
            async (piece, cancellationToken) =>
            {
                bool isFirst = Interlocked.Increment(ref sends) == 1;
                var lane = new HandLane((length, acknowledged, _) =>
                {
                    acknowledged(isFirst ? 1 : isGone ? 0 : length);
                    return Task.CompletedTask;
                });
                await piece.SendAsync(lane, static _ => { }, cancellationToken);
                await asked.Task;
                if (!isFirst)
                {
                    rest.TrySetResult();
                    _ = isGone ? throw new VesselException(FailureKind.Refused, "Could not open it, because it is not there.") : 0;
                }
            },
            async content =>
            {
                questions.Enqueue(content.AwaitedBytes);
                asked.TrySetResult();
                await rest.Task;
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
                return true;
            });
        outcome.Published.Count.ShouldBe(3);
        sends.ShouldBe(2);
        questions.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_shell_that_is_lost_while_it_waits_costs_nothing_of_what_a_lane_still_brings()
    {
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var lane = new HandLane(async (length, acknowledged, cancellationToken) =>
        {
            acknowledged(1);
            await lost.Task.WaitAsync(cancellationToken);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
            acknowledged(length);
        });
        PackOutcome outcome = await SendAsync(Satellite, (piece, cancellationToken) => piece.SendAsync(lane, static _ => { }, cancellationToken), content =>
        {
            lost.TrySetResult();
            return content.AwaitedBytes == 0 ? Task.FromResult<bool?>(true) : Task.FromException<bool?>(Gone);
        });
        outcome.Published.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_unpacked_wrong_goes_alone_however_early_that_is_known(bool refused)
    {
        var lane = new HandLane(async (_, acknowledged, cancellationToken) =>
        {
            acknowledged(1);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        });
        PackOutcome outcome = await SendAsync(
            Satellite,
            (piece, cancellationToken) => piece.SendAsync(lane, static _ => { }, cancellationToken),
            _ => refused ? Task.FromException<bool?>(new VesselException(FailureKind.VesselFull, "Could not unpack, because the disk is full.")) : Task.FromResult<bool?>(false));
        outcome.Published.ShouldBeEmpty();
        outcome.Alone.Count.ShouldBe(3);
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

    private static async Task<PackOutcome> SendAsync(
        TimeSpan roundTrip, Func<Piece, CancellationToken, Task> carry, Func<PackContent, Task<bool?>> unpack, Action? looked = null, bool moreWaits = false, Action? sent = null)
    {
        using var shore = new ScratchDirectory();
        using var room = new LedgerRoom();
        await using SqliteLedger ledger = await room.OpenAsync();
        using var sources = new SourceLibrary(ledger, new Dictionary<string, string>(StringComparer.Ordinal) { ["in"] = shore.Path });
        IReadOnlyList<Delivery> deliveries = await RecordAsync(ledger, shore, 3);
        var vessel = new HandVessel<IVesselLane>
        {
            Facts = new VesselFacts { CanUnpack = true, RoundTrip = roundTrip },
            Look = path =>
            {
                looked?.Invoke();
                return Task.FromResult<RemoteLook?>(null);
            },
        };
        var unpacker = new Batcher<PackContent, bool?>(1, async (packs, _) => [await unpack(packs[0])]);
        var progress = new VesselProgress("v", new ManualTime());
        var tools = new ShipmentTools(vessel, ledger, sources, null!, null!, unpacker, carry, version => version.Path, progress) { NothingWaits = () => !moreWaits };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        stop.CancelAfter(TimeSpan.FromSeconds(60));
        Task unpacking = unpacker.RunAsync(stop.Token);
        PackOutcome outcome = await new PackRun(tools, deliveries, [.. deliveries.Select(delivery => new Shipment(delivery, progress.Begin(delivery.Version)))], sent ?? (static () => { })).RunAsync(stop.Token);
        await stop.CancelAsync();
        await unpacking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return outcome;
    }

    private static Task<PackOutcome> RunAsync(Func<string, Task<RemoteLook?>> look, HashSet<BytePath>? names = null)
    {
        var vessel = new HandVessel<IVesselLane> { Look = path => look(path.ToString()), List = _ => Task.FromResult<IReadOnlySet<BytePath>?>(names) };
        Delivery[] deliveries = [.. Enumerable.Range(1, names?.Count ?? 3).Select(id => Cargo.Delivery(Cargo.Version(id, 1_000)))];
        var progress = new VesselProgress("v", new ManualTime());
        Shipment[] shipments = [.. deliveries.Select(delivery => new Shipment(delivery, progress.Begin(delivery.Version)))];
        var tools = new ShipmentTools(vessel, null!, null!, null!, null!, null!, null!, version => version.Path, progress);
        tools.FoundAny.Value = true; // So the answers are waited for.
        return new PackRun(tools, deliveries, shipments, static () => { }).RunAsync(TestContext.Current.CancellationToken);
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

    /// <param name="send">Told the length and whom to tell what is acknowledged.</param>
    private sealed class HandLane(Func<long, Action<long>, CancellationToken, Task> send) : IVesselLane
    {
        public Task Ended { get; } = new TaskCompletionSource().Task;

        public LaneSigns Signs => new(64 << 10, 2 << 20, TimeSpan.FromMilliseconds(600), IsPaced: true);

        public Task SendAsync(
            BytePath file, bool create, long remoteOffset, IChunkSource source, long sourceOffset, long length, Action<long>? acknowledged, CancellationToken cancellationToken)
        {
            source.Read(sourceOffset, new byte[length]).ShouldBe((int)length);
            return send(length, acknowledged!, cancellationToken);
        }

        public Task ReleaseAsync(BytePath file, CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
