using ContentMonster.Ledger;
using ContentMonster.Model;

namespace ContentMonster.Tests.Ledger;

/// <summary>Recording, knowing, withdrawing, refusing, importing.</summary>
public abstract class LedgerConformanceWatching : LedgerConformance
{
    [Fact]
    public async Task A_shore_id_is_made_once()
    {
        string id = Ledger.ShoreId;
        id.Length.ShouldBe(32);
        await ReopenAsync();
        Ledger.ShoreId.ShouldBe(id);
    }

    [Fact]
    public async Task A_stamp_is_known_once_it_is_recorded_and_another_is_not()
    {
        await DeclareAsync(Both);
        (await Ledger.KnownAsync("in", [Seen("a")], Token)).ShouldBe([false]);
        (await RecordAsync(Seen("a"))).ShouldBe(RecordOutcome.New);
        (await RecordAsync(Seen("a"))).ShouldBe(RecordOutcome.Known);
        (await Ledger.KnownAsync("in", [Seen("a"), Seen("a", changed: 2), Seen("b")], Token)).ShouldBe([true, false, false]);
        (await Ledger.KnownAsync("nowhere", [Seen("a")], Token)).ShouldBe([false]);
    }

    [Fact]
    public async Task A_file_is_recorded_only_in_a_declared_directory() =>
        await Should.ThrowAsync<LedgerStateException>(() => RecordAsync(Seen("a"), "nowhere"));

    [Fact]
    public async Task A_version_comes_back_as_it_was_recorded()
    {
        await DeclareAsync(Both);
        var path = new BytePath([0xff, (byte)'/', 0, 10, 0x27]);
        var stamp = new FileStamp(-5, long.MaxValue, 250, -1, long.MinValue, 511);
        await Ledger.RecordAsync("in", [new SeenFile(path, stamp)], 100, Token);
        FileVersion version = (await QueueAsync()).Single().Version;
        version.Path.ShouldBe(path);
        version.Stamp.ShouldBe(stamp);
        (version.Directory, version.ChunkSizeInBytes, version.ChunkCount, version.Token.Length).ShouldBe(("in", 100, 3, 32));
        version.Sha256.ShouldBeNull();

        await Ledger.HashedAsync(version.Id, [1, 2], null, Token);
        version = (await QueueAsync("v2")).Single().Version;
        version.Sha256.ShouldBe([1, 2]);
        version.ChunkHashes.ShouldBeNull();

        await Ledger.HashedAsync(version.Id, [1, 2], [3, 4, 5], Token);
        await Ledger.HashedAsync(version.Id, [1, 2], null, Token);
        version = (await QueueAsync("v2")).Single().Version;
        version.Sha256.ShouldBe([1, 2]);
        version.ChunkHashes.ShouldBe([3, 4, 5]);
    }

    [Fact]
    public async Task A_changed_file_supersedes_and_what_was_begun_becomes_litter()
    {
        await DeclareAsync(Both);
        long old = await AddAsync("a");
        await StartAsync("v1", old, ".a.part");
        await Ledger.SaveProgressAsync("v1", old, [new(0, 100, null)], Token);
        (await RecordAsync(Seen("a", size: 40, changed: 2))).ShouldBe(RecordOutcome.Superseding);

        Delivery now = (await QueueAsync()).Single();
        now.Version.Id.ShouldNotBe(old);
        now.State.ShouldBe(DeliveryState.Waiting);
        (await LitterAsync("v1")).ShouldBe([".a.part"]);
        (await LitterAsync("v2")).ShouldBeEmpty();
        (await TotalsOfAsync("v1")).ShouldBe(new VesselTotals("v1", 1, 40, 0, 0, 0, null));
        (await Ledger.TotalsAsync(Token)).LiveFiles.ShouldBe(1);
        (await Ledger.HistoryAsync(10, Token)).Single().Event.ShouldBe("superseded");

        // What the old version's worker still books changes nothing.
        await PublishAsync("v1", old);
        await Ledger.SaveProgressAsync("v1", old, [new(1, 100, null)], Token);
        (await Ledger.StartAsync("v1", [(old, Name("x"))], Token)).ShouldBe([old]);
        (await Ledger.PublishingAsync("v1", [old], Token)).ShouldBe([old]);
        (await TotalsOfAsync("v1")).ShouldBe(new VesselTotals("v1", 1, 40, 0, 0, 0, null));
    }

    [Fact]
    public async Task A_file_that_left_is_withdrawn_with_the_reason()
    {
        await DeclareAsync(Both);
        long id = await AddAsync("a");
        await AddAsync("b");
        await StartAsync("v2", id, "p");
        (await Ledger.WithdrawAsync("in", [Name("a"), Name("zzz")], "deleted", Token)).ShouldBe(1);
        Texts(await QueueAsync()).ShouldBe(["b"]);
        (await LitterAsync("v2")).ShouldBe(["p"]);
        HistoryEntry entry = (await Ledger.HistoryAsync(10, Token)).Single();
        (entry.Event, entry.Text, entry.SizeInBytes).ShouldBe(("gone", "deleted", 250));
        (await Ledger.KnownAsync("in", [Seen("a")], Token)).ShouldBe([false]);
        (await RecordAsync(Seen("a"))).ShouldBe(RecordOutcome.New);
    }

    [Fact]
    public async Task Live_paths_come_in_bytewise_order_page_by_page()
    {
        await DeclareAsync(Both);
        foreach (string path in new[] { "b", "a/z", "a", "ä", "B" })
        {
            await AddAsync(path);
        }

        Texts(await Ledger.LivePathsAsync("in", null, 3, Token)).ShouldBe(["B", "a", "a/z"]);
        Texts(await Ledger.LivePathsAsync("in", Name("a/z"), 3, Token)).ShouldBe(["b", "ä"]);
        (await Ledger.LivePathsAsync("nowhere", null, 3, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_refusal_is_told_once_and_recording_clears_it()
    {
        await DeclareAsync(Both);
        (await Ledger.RefuseAsync("in", Name("l"), "a link", Token)).ShouldBeTrue();
        (await Ledger.RefuseAsync("in", Name("l"), "a link", Token)).ShouldBeFalse();
        (await Ledger.RefuseAsync("in", Name("l"), "a fifo", Token)).ShouldBeTrue();
        await Ledger.RefuseAsync("in", Name("k"), "a socket", Token);
        (await Ledger.RefusedAsync(10, Token)).ShouldBe([new("in", Name("k"), "a socket", Clock.Time), new("in", Name("l"), "a fifo", Clock.Time)]);
        Texts(await Ledger.RefusedPathsAsync("in", null, 1, Token)).ShouldBe(["k"]);
        Texts(await Ledger.RefusedPathsAsync("in", Name("k"), 5, Token)).ShouldBe(["l"]);
        (await Ledger.TotalsAsync(Token)).RefusedFiles.ShouldBe(2);

        await RecordAsync(Seen("l"));
        await Ledger.AdmitAsync("in", Name("k"), Token);
        (await Ledger.RefusedAsync(10, Token)).ShouldBeEmpty();
        (await Ledger.TotalsAsync(Token)).RefusedFiles.ShouldBe(0);
    }

    [Fact]
    public async Task A_disk_that_has_another_number_holds_the_same_files()
    {
        await DeclareAsync(Both);
        await RecordAsync(Seen("a"));
        SeenFile moved = Seen("a") with { Stamp = Seen("a").Stamp with { Device = 77 } };
        (await Ledger.KnownAsync("in", [moved], Token)).ShouldBe([false]);
        (await RecordAsync(moved)).ShouldBe(RecordOutcome.Known);
        (await Ledger.KnownAsync("in", [moved], Token)).ShouldBe([true]);
        (await Ledger.DevicesAsync("in", [Name("a")], Token)).ShouldBe([77L]);
        (await RecordAsync(moved with { Stamp = moved.Stamp with { Inode = 78 } })).ShouldBe(RecordOutcome.Superseding);
    }

    [Fact]
    public async Task An_import_is_noted_once_for_each_database()
    {
        (await Ledger.WasImportedAsync(Token)).ShouldBeFalse();
        (await Ledger.ImportAsync("/old.sqlite3", Token)).ShouldBeTrue();
        (await Ledger.ImportAsync("/old.sqlite3", Token)).ShouldBeFalse();
        (await Ledger.ImportAsync("/older.sqlite3", Token)).ShouldBeTrue();
        await ReopenAsync();
        (await Ledger.WasImportedAsync(Token)).ShouldBeTrue();
        (await Ledger.ImportAsync("/old.sqlite3", Token)).ShouldBeFalse();
    }
}
