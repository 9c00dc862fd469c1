using ContentMonster.Ledger;
using ContentMonster.Model;

namespace ContentMonster.Tests.Ledger;

/// <summary>Settings that change while files are on their way.</summary>
public abstract class LedgerConformanceSettings : LedgerConformanceArchiving
{
    [Fact]
    public async Task The_same_settings_again_change_nothing()
    {
        await DeclareAsync(Both);
        await AddAsync("a");
        Declaration again = await DeclareAsync(Both);
        (again.AddedDeliveries.Count + again.RemovedVessels.Count + again.RemovedDirectories.Count + again.NoLongerTaken.Count).ShouldBe(0);
        (await QueueAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_new_vessel_gets_what_is_still_in_place()
    {
        await DeclareAsync(["v1"], new DirectoryRow("in", 3, ["v1"]));
        long id = await AddAsync("a");
        await PublishAsync("v1", id);
        await AddAsync("b", size: 10);
        Declaration declaration = await DeclareAsync(new DirectoryRow("in", 3, ["v1", "v2"]));
        declaration.AddedDeliveries.ShouldBe([("v2", 2, 260)]);
        IReadOnlyList<Delivery> queue = await QueueAsync("v2");
        Texts(queue).ShouldBe(["a", "b"]);
        queue[0].Priority.ShouldBe(3);
        (await CompleteAsync()).ShouldBeEmpty();
        await PublishAsync("v2", id);
        (await CompleteAsync()).ShouldBe([id]);
    }

    [Fact]
    public async Task That_a_version_was_kept_is_known_when_it_is_complete_again()
    {
        await DeclareAsync(["v1"], new DirectoryRow("in", 0, ["v1"]));
        long id = await AddAsync("a");
        await PublishAsync("v1", id);
        (await Ledger.CompleteAsync("in", 0, 10, Token)).Single().WasKept.ShouldBeFalse();
        await Ledger.ArchivingAsync([(id, null)], Token);
        (await Ledger.UnderArchivingAsync("in", Token)).Single().Version.WasKept.ShouldBeFalse();
        await Ledger.ArchivedAsync([(id, ArchiveEnd.Kept)], Token);
        await DeclareAsync(Both);
        (await QueueAsync("v2")).Single().Version.WasKept.ShouldBeTrue();
        await PublishAsync("v2", id);
        (await Ledger.CompleteAsync("in", 0, 10, Token)).Single().WasKept.ShouldBeTrue();
        await Ledger.ArchivingAsync([(id, null)], Token);
        (await Ledger.UnderArchivingAsync("in", Token)).Single().Version.WasKept.ShouldBeTrue();
        (await RecordAsync(Seen("a", changed: 2))).ShouldBe(RecordOutcome.New);
        (await QueueAsync("v1")).Single().Version.WasKept.ShouldBeFalse();
    }

    [Fact]
    public async Task A_removed_vessel_is_named_and_its_deliveries_withdrawn_until_it_comes_back()
    {
        await DeclareAsync(Both);
        long published = await AddAsync("a");
        long begun = await AddAsync("b");
        await PublishAsync("v2", published);
        await StartAsync("v2", begun, "p");
        await Ledger.SaveProgressAsync("v2", begun, [new(0, 100, null)], Token);
        await Ledger.FailedAsync("v2", begun, FailureKind.Refused, "no", Clock.Time.AddHours(1), Token);
        await PublishAsync("v1", begun);

        Declaration removal = await DeclareAsync(["v1"], new DirectoryRow("in", 0, ["v1"]));
        removal.RemovedVessels.ShouldBe([("v2", 1, 150)]);
        removal.NoLongerTaken.ShouldBeEmpty();
        (await CompleteAsync()).ShouldBe([begun]);
        (await Ledger.TotalsAsync(Token)).Vessels.Select(one => one.Vessel).ShouldBe(["v1"]);
        (await LitterAsync("v2")).ShouldBe(["p"]);

        Declaration back = await DeclareAsync(Both);
        back.AddedDeliveries.ShouldBe([("v2", 1, 250)]);
        Delivery again = (await QueueAsync("v2")).Single();
        (again.Version.Id, again.State, again.Part, again.Failures).ShouldBe((begun, DeliveryState.Waiting, null, 0));
        (await CompleteAsync()).ShouldBeEmpty();
        (await TotalsOfAsync("v2")).ShouldBe(new VesselTotals("v2", 1, 250, 0, 1, 0, null));
    }

    [Fact]
    public async Task A_removed_vessel_is_named_even_with_nothing_waiting()
    {
        await DeclareAsync(Both);
        (await DeclareAsync(["v1"], new DirectoryRow("in", 0, ["v1"]))).RemovedVessels.ShouldBe([("v2", 0, 0)]);
    }

    [Fact]
    public async Task A_directory_no_longer_taken_is_withdrawn_for_that_vessel_alone()
    {
        await DeclareAsync(new DirectoryRow("in", 0, ["v1", "v2"]), new DirectoryRow("other", 0, ["v1", "v2"]));
        await AddAsync("a");
        await AddAsync("b", directory: "other");
        Declaration declaration = await DeclareAsync(new DirectoryRow("in", 0, ["v1"]), new DirectoryRow("other", 0, ["v1", "v2"]));
        declaration.NoLongerTaken.ShouldBe([("v2", "in", 1)]);
        Texts(await QueueAsync("v1")).ShouldBe(["a", "b"]);
        Texts(await QueueAsync("v2")).ShouldBe(["b"]);
    }

    [Fact]
    public async Task A_removed_directory_is_withdrawn_and_found_anew_when_it_comes_back()
    {
        await DeclareAsync(new DirectoryRow("in", 0, ["v1", "v2"]), new DirectoryRow("other", 0, ["v1"]));
        await AddAsync("a");
        await AddAsync("b", directory: "other");
        await Ledger.RefuseAsync("in", Name("l"), "a link", Token);
        Declaration declaration = await DeclareAsync(new DirectoryRow("other", 0, ["v1"]));
        declaration.RemovedDirectories.ShouldBe([("in", 1)]);
        declaration.NoLongerTaken.ShouldBeEmpty();
        Texts(await QueueAsync()).ShouldBe(["b"]);
        (await TotalsOfAsync("v2")).WaitingFiles.ShouldBe(0);
        (await Ledger.RefusedAsync(5, Token)).ShouldBeEmpty();
        await Should.ThrowAsync<LedgerStateException>(() => RecordAsync(Seen("c")));

        await DeclareAsync(new DirectoryRow("in", 0, ["v1", "v2"]), new DirectoryRow("other", 0, ["v1"]));
        (await Ledger.KnownAsync("in", [Seen("a")], Token)).ShouldBe([false]);
        (await RecordAsync(Seen("a"))).ShouldBe(RecordOutcome.New);
        Texts(await QueueAsync()).ShouldBe(["b", "a"]);
    }

    [Fact]
    public async Task A_kept_version_goes_live_again_for_a_vessel_that_lacks_it()
    {
        await DeclareAsync(["v1"], new DirectoryRow("in", 0, ["v1"]));
        long id = await AddAsync("a");
        await PublishAsync("v1", id);
        await Ledger.ArchivingAsync([(id, null)], Token);
        await Ledger.ArchivedAsync([(id, ArchiveEnd.Kept)], Token);
        (await DeclareAsync(Both)).AddedDeliveries.ShouldBe([("v2", 1, 250)]);
        (await QueueAsync("v1")).ShouldBeEmpty();
        await PublishAsync("v2", id);
        (await CompleteAsync()).ShouldBe([id]);
    }

    [Fact]
    public async Task A_vessel_that_comes_while_a_version_is_being_archived_gets_it_where_it_is_kept()
    {
        await DeclareAsync(["v1"], new DirectoryRow("in", 0, ["v1"]));
        long kept = await AddAsync("a");
        long moved = await AddAsync("b");
        await PublishAsync("v1", kept);
        await PublishAsync("v1", moved);
        await Ledger.ArchivingAsync([(kept, null), (moved, null)], Token);
        (await DeclareAsync(Both)).AddedDeliveries.ShouldBeEmpty();
        await Ledger.ArchivedAsync([(kept, ArchiveEnd.Kept), (moved, ArchiveEnd.Moved)], Token);
        Texts(await QueueAsync("v2")).ShouldBe(["a"]);
        (await QueueAsync("v1")).ShouldBeEmpty();
        await PublishAsync("v2", kept);
        (await CompleteAsync()).ShouldBe([kept]);
    }

    [Fact]
    public async Task An_archive_is_ours_since_it_was_first_held_whatever_its_directory_is_called()
    {
        await DeclareArchiveAsync("in", "/shore/processed");
        (await Ledger.HeldArchiveAsync(Name("/shore/processed"), Token)).ShouldBeNull();
        await Ledger.HoldArchiveAsync("in", Name("/shore/processed"), Name("processed"), 123_456_789, Token);
        await Ledger.HoldArchiveAsync("in", Name("/shore/processed"), Name("processed"), 5, Token);
        await ReopenAsync();
        await DeclareArchiveAsync("films", "/shore/processed");
        await Ledger.HoldArchiveAsync("films", Name("/shore/processed"), Name("processed"), 7, Token);
        (await Ledger.HeldArchiveAsync(Name("/shore/processed"), Token)).ShouldBe(new HeldArchive(123_456_789, null, null));
        (await Ledger.HeldArchiveAsync(Name("/shore/processed2"), Token)).ShouldBeNull();
    }

    [Fact]
    public async Task An_archive_that_the_settings_name_no_more_is_ours_no_more()
    {
        await DeclareArchiveAsync("in", "/shore/processed");
        await Ledger.HoldArchiveAsync("in", Name("/shore/processed"), Name("processed"), 1, Token);
        await DeclareArchiveAsync("in", "/shore/sent");
        await DeclareArchiveAsync("in", "/shore/processed");
        (await Ledger.HeldArchiveAsync(Name("/shore/processed"), Token)).ShouldBeNull();
        await Ledger.HoldArchiveAsync("in", Name("/shore/processed"), Name("processed"), 2, Token);
        (await Ledger.HeldArchiveAsync(Name("/shore/processed"), Token)).ShouldBe(new HeldArchive(2, null, null));
        await DeclareAsync(Both);
        (await Ledger.HeldArchiveAsync(Name("/shore/processed"), Token)).ShouldBeNull();
    }

    [Fact]
    public async Task A_look_through_an_archive_is_noted_with_its_doubt()
    {
        await DeclareArchiveAsync("in", "/shore/processed");
        await Ledger.LookedThroughArchiveAsync(Name("/shore/processed"), Clock.Time, null, Token); // not held
        await Ledger.HoldArchiveAsync("in", Name("/shore/processed"), Name("processed"), 1, Token);
        await Ledger.LookedThroughArchiveAsync(Name("/shore/processed"), Clock.Time, Clock.Time.AddDays(-1), Token);
        await ReopenAsync();
        (await Ledger.HeldArchiveAsync(Name("/shore/processed"), Token)).ShouldBe(new HeldArchive(1, Clock.Time, Clock.Time.AddDays(-1)));
        await Ledger.LookedThroughArchiveAsync(Name("/shore/processed"), Clock.Time.AddDays(1), null, Token);
        (await Ledger.HeldArchiveAsync(Name("/shore/processed"), Token)).ShouldBe(new HeldArchive(1, Clock.Time.AddDays(1), null));
    }

    [Fact]
    public async Task A_taker_that_is_no_vessel_is_refused_and_nothing_changes()
    {
        await Should.ThrowAsync<LedgerStateException>(() => DeclareAsync(["v1"], new DirectoryRow("in", 0, ["v1", "ghost"])));
        (await Ledger.TotalsAsync(Token)).Vessels.ShouldBeEmpty();
    }

    private Task<Declaration> DeclareArchiveAsync(string directory, string archive) =>
        Ledger.DeclareAsync([new DeclaredDirectory(directory, 0, ["v1"]) { Archive = Name(archive) }], ["v1"], Token);
}
