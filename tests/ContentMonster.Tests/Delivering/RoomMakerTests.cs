using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Tests.Ledger;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Delivering;

public sealed class RoomMakerTests
{
    private static readonly RemoteSpace Full = new(0, 1, 10_000_000);
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_given_up_is_put_off_without_a_failure_until_the_one_that_it_made_room_for_is_there() => await RunAsync(
        async (ledger, office, maker, first, second) =>
        {
            (await maker.PutOffAsync(Attempt(second), Token)).ShouldBeTrue();
            MissingAt missing = await MissingAsync(ledger, second);
            missing.Kind.ShouldBe(FailureKind.VesselFull);
            missing.LastError!.ShouldContain($"made room for {first.Path}, which goes first");
            (await ledger.QueueAsync("v", 10, new HashSet<long>(), big: false, Token)).Select(one => one.Version.Id).ShouldBe([first.Id], "the other waits");
            await office.WentWellAsync(first);
            Delivery next = (await ledger.QueueAsync("v", 10, new HashSet<long> { first.Id }, big: false, Token)).Single();
            (next.Version.Id, next.Failures).ShouldBe((second.Id, 0));
            (await maker.PutOffAsync(Attempt(second), Token)).ShouldBeFalse();
        });

    [Fact]
    public async Task The_one_that_room_is_made_for_is_due_at_once_and_its_place_open() => await RunAsync(
        async (ledger, office, _, first, second) =>
        {
            (await ledger.QueueAsync("v", 10, new HashSet<long>(), big: false, Token)).Select(one => (one.Version.Id, one.Failures)).ShouldBe([(first.Id, 1), (second.Id, 0)]);
            office.Box.Sentence(VesselOffice.PlaceOf(first), long.MaxValue).ShouldBeNull();
            (await MissingAsync(ledger, first)).LastError!.ShouldContain("makes room for it");
        });

    [Fact]
    public async Task Where_its_place_waits_for_something_else_it_waits_there() => await RunAsync(
        (_, office, _, first, _) =>
        {
            office.Box.Sentence(VesselOffice.PlaceOf(first), long.MaxValue)!.Value.Kind.ShouldBe(FailureKind.CommandHangs);
            return Task.CompletedTask;
        },
        FailureKind.CommandHangs);

    [Fact]
    public async Task For_one_that_is_no_longer_on_the_shore_none_waits() => await RunAsync(
        async (ledger, _, maker, first, second) =>
        {
            await ledger.WithdrawAsync("in", [first.Path], "deleted", Token);
            (await maker.PutOffAsync(Attempt(second), Token)).ShouldBeFalse();
            (await MissingAsync(ledger, second)).LastError.ShouldBeNull();
        });

    [Fact]
    public async Task What_lies_there_is_tried() => await RunAsync(
        async (_, _, maker, _, second) =>
        {
            (await maker.PutOffAsync(Attempt(second, PartName.Sibling(second.Path, PartName.NewId())), Token)).ShouldBeFalse();
            (await maker.PutOffAsync(Attempt(second), Token)).ShouldBeTrue();
        });

    // Two files that keep out one another, of which the second was given up for the first.
    private static async Task RunAsync(Func<SqliteLedger, VesselOffice, RoomMaker, FileVersion, FileVersion, Task> check, FailureKind place = FailureKind.VesselFull)
    {
        using var room = new LedgerRoom();
        await using SqliteLedger ledger = await room.OpenAsync();
        await ledger.DeclareAsync([new DeclaredDirectory("in", 0, ["v"])], ["v"], Token);
        await ledger.RecordAsync("in", [.. new[] { "first", "second" }.Select((name, number) => new SeenFile(BytePath.FromText(name), new FileStamp(1, number, 50_000, 3, 4, 420)))], 1 << 20, Token);
        FileVersion[] files = [.. (await ledger.QueueAsync("v", 10, new HashSet<long>(), big: false, Token)).Select(one => one.Version).OrderBy(one => one.Path.ToString(), StringComparer.Ordinal)];
        using var sources = new SourceLibrary(ledger, new Dictionary<string, string>(StringComparer.Ordinal));
        var time = new ManualTime();
        time.Advance(room.Clock.GetUtcNow() - time.GetUtcNow());
        VesselOffice office = WorkerBench.Office(ledger, sources, new ProgressBoard(TimeProvider.System), time: time);
        var maker = new RoomMaker(new HandVessel<IVesselLane> { Space = static _ => Full }, office);
        foreach (int minutes in new[] { 0, 1 })
        {
            time.Advance(TimeSpan.FromMinutes(minutes));
            room.Clock.Time = time.GetUtcNow();
            foreach ((FileVersion file, long there) in new[] { (files[0], 40_000L), (files[1], 10_000L) })
            {
                Shipment begun = Attempt(file, PartName.Sibling(file.Path, PartName.NewId()), there);
                begun.Layout = new PartLayout(begun.BookedPart!.Value, PartName.NewId(), null, InPieces: false);
                await maker.FailedAsync(begun, new VesselException(FailureKind.VesselFull, "full"), Token);
            }
        }

        // It waits, and its place with it.
        await ledger.FailedAsync("v", files[0].Id, FailureKind.VesselFull, "full", time.GetUtcNow() + TimeSpan.FromMinutes(5), Token);
        foreach (string failure in new[] { "once", "twice", "thrice" })
        {
            office.Box.Failed(VesselOffice.PlaceOf(files[0]), place, 50_000, failure);
        }

        office.Box.Sentence(VesselOffice.PlaceOf(files[0]), 50_000).ShouldNotBeNull();
        await maker.MakeAsync([], Token);
        await check(ledger, office, maker, files[0], files[1]);
    }

    private static Shipment Attempt(FileVersion file, BytePath? part = null, long there = 0) =>
        new(Cargo.Delivery(file, new ChunkProgress(0, there, null)) with { Part = part }, new ProgressBoard(TimeProvider.System).Vessel("v").Begin(file));

    private static async Task<MissingAt> MissingAsync(SqliteLedger ledger, FileVersion file) =>
        (await ledger.MissingAsync(10, Token)).Single(one => one.Version.Id == file.Id).Missing.Single();
}
