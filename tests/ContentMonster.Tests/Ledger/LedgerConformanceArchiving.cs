using ContentMonster.Ledger;
using ContentMonster.Model;

namespace ContentMonster.Tests.Ledger;

/// <summary>Complete versions and their end, and the upkeep.</summary>
public abstract class LedgerConformanceArchiving : LedgerConformanceDelivering
{
    [Fact]
    public async Task A_version_is_complete_when_all_its_takers_have_it()
    {
        await DeclareAsync(Both);
        long a = await AddAsync("a");
        long b = await AddAsync("b");
        await PublishAsync("v1", a, b);
        (await CompleteAsync()).ShouldBeEmpty();
        await PublishAsync("v2", b, a);
        (await CompleteAsync()).ShouldBe([a, b]);
        (await Ledger.CompleteAsync("in", a, 10, Token)).Single().Id.ShouldBe(b);
        (await Ledger.CompleteAsync("in", 0, 1, Token)).Single().Id.ShouldBe(a);
        (await Ledger.MissingAsync(5, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task With_no_taker_a_version_is_never_complete()
    {
        await DeclareAsync(new DirectoryRow("in", 0, []));
        await RecordAsync(Seen("a"));
        (await CompleteAsync()).ShouldBeEmpty();

        await DeclareAsync(new DirectoryRow("in", 0, ["v1"]));
        long id = (await QueueAsync()).Single().Version.Id;
        await PublishAsync("v1", id);
        await DeclareAsync(["v2"], new DirectoryRow("in", 0, []));
        (await CompleteAsync()).ShouldBeEmpty();
        await Should.ThrowAsync<LedgerStateException>(() => Ledger.ArchivingAsync([(id, Name("processed/a"))], Token));
    }

    [Fact]
    public async Task Only_what_is_complete_can_be_booked_as_archiving()
    {
        await DeclareAsync(Both);
        long done = await CompleteOneAsync("a");
        long open = await AddAsync("b");
        await Should.ThrowAsync<LedgerStateException>(() => Ledger.ArchivingAsync([(done, Name("p/a")), (open, Name("p/b"))], Token));
        (await Ledger.UnderArchivingAsync("in", Token)).ShouldBeEmpty();
        (await CompleteAsync()).ShouldBe([done]);
    }

    [Fact]
    public async Task Archiving_is_remembered_with_its_place_until_it_is_archived()
    {
        await DeclareAsync(Both);
        long id = await CompleteOneAsync("a");
        await Ledger.ArchivingAsync([(id, Name("processed/a"))], Token);
        await Ledger.ArchivingAsync([(id, Name("processed/a.1"))], Token); // the first place was taken
        await ReopenAsync();
        (FileVersion version, BytePath? place) = (await Ledger.UnderArchivingAsync("in", Token)).Single();
        (version.Id, place).ShouldBe((id, Name("processed/a.1")));
        (await CompleteAsync()).ShouldBeEmpty();
        (await Ledger.KnownAsync("in", [Seen("a")], Token)).ShouldBe([true]);
        (await Ledger.WithdrawAsync("in", [Name("a")], "gone", Token)).ShouldBe(0);

        await Ledger.ArchivedAsync([(id, ArchiveEnd.Moved)], Token);
        await Ledger.ArchivedAsync([(id, ArchiveEnd.Moved)], Token);
        (await Ledger.UnderArchivingAsync("in", Token)).ShouldBeEmpty();
        HistoryEntry entry = (await Ledger.HistoryAsync(1, Token)).Single();
        (entry.Event, entry.Text).ShouldBe(("archived", "moved to processed/a.1"));
        LedgerTotals totals = await Ledger.TotalsAsync(Token);
        (totals.LiveFiles, totals.FilesArchived).ShouldBe((0, 1));
        (await RecordAsync(Seen("a"))).ShouldBe(RecordOutcome.New);
    }

    [Fact]
    public async Task A_new_file_at_the_path_of_one_being_archived_stands_beside_it()
    {
        await DeclareAsync(Both);
        long old = await CompleteOneAsync("a");
        await Ledger.ArchivingAsync([(old, Name("processed/a"))], Token);
        (await RecordAsync(Seen("a", changed: 2))).ShouldBe(RecordOutcome.New);
        (await Ledger.UnderArchivingAsync("in", Token)).Single().Version.Id.ShouldBe(old);
        (await QueueAsync()).Count.ShouldBe(1);

        await Ledger.ArchiveFailedAsync(old, "read-only", Token); // cannot go live again: the path has a younger one
        (await Ledger.UnderArchivingAsync("in", Token)).ShouldBeEmpty();
        (await CompleteAsync()).ShouldBeEmpty();
        (await Ledger.TotalsAsync(Token)).LiveFiles.ShouldBe(1);
    }

    [Fact]
    public async Task A_failed_archiving_is_live_again_and_told_once()
    {
        await DeclareAsync(Both);
        long id = await CompleteOneAsync("a");
        for (int attempt = 0; attempt < 3; attempt++)
        {
            await Ledger.ArchivingAsync([(id, Name("processed/a"))], Token);
            await Ledger.ArchiveFailedAsync(id, "read-only", Token);
            (await CompleteAsync()).ShouldBe([id]);
        }

        (await Ledger.HistoryAsync(10, Token)).Count(entry => entry.Event == "archive failed").ShouldBe(1);
        await AddAsync("waits");
        long other = await CompleteOneAsync("b");
        (await Ledger.UnarchivedAsync(10, Token)).First.ShouldBe([new UnarchivedFile("in", Name("a"), "read-only")]);
        await Ledger.ArchivingAsync([(other, Name("processed/b"))], Token);
        await Ledger.ArchiveFailedAsync(other, "full", Token);
        Unarchived two = await Ledger.UnarchivedAsync(1, Token);
        (two.Files, two.First.Single().Path).ShouldBe((2, Name("a")));
        await Ledger.ArchivingAsync([(id, Name("processed/a"))], Token);
        await Ledger.ArchivedAsync([(id, ArchiveEnd.Moved)], Token);
        (await Ledger.UnarchivedAsync(10, Token)).First.ShouldBe([new UnarchivedFile("in", Name("b"), "full")]);
    }

    [Fact]
    public async Task One_that_is_held_up_stays_booked_and_is_told_once()
    {
        await DeclareAsync(Both);
        long id = await CompleteOneAsync("a");
        long live = await CompleteOneAsync("b");
        await Ledger.ArchivingAsync([(id, Name("processed/a"))], Token);
        (await Ledger.UnarchivedAsync(10, Token)).Files.ShouldBe(0); // only under way
        for (int attempt = 0; attempt < 2; attempt++)
        {
            await Ledger.ArchiveHeldUpAsync([(id, "no fsync"), (live, "not being archived"), (99, "no such version")], Token);
        }

        (await Ledger.UnderArchivingAsync("in", Token)).Single().Place.ShouldBe(Name("processed/a"));
        Unarchived all = await Ledger.UnarchivedAsync(10, Token);
        (all.Files, all.First.Single()).ShouldBe((1, new UnarchivedFile("in", Name("a"), "no fsync")));
        (await Ledger.HistoryAsync(10, Token)).Count(entry => entry.Event == "archive failed").ShouldBe(1);
        await Ledger.ArchivedAsync([(id, ArchiveEnd.Moved)], Token);
        (await Ledger.UnarchivedAsync(10, Token)).Files.ShouldBe(0);
    }

    [Fact]
    public async Task A_vessel_that_came_during_archiving_gets_the_file_when_archiving_failed()
    {
        await DeclareAsync(["v1"], new DirectoryRow("in", 0, ["v1"]));
        long id = await AddAsync("a");
        await PublishAsync("v1", id);
        await Ledger.ArchivingAsync([(id, null)], Token);
        await DeclareAsync(Both);
        (await QueueAsync("v2")).ShouldBeEmpty();
        await Ledger.ArchiveFailedAsync(id, "no", Token);
        (await QueueAsync("v2")).Single().Version.Id.ShouldBe(id);
        (await CompleteAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_turned_out_to_be_another_file_is_superseded()
    {
        await DeclareAsync(Both);
        long archiving = await CompleteOneAsync("a");
        await Ledger.ArchivingAsync([(archiving, Name("processed/a"))], Token);
        long live = await AddAsync("b");
        await Ledger.SupersededAsync(archiving, "changed while moving", Token);
        await Ledger.SupersededAsync(live, "replaced", Token);
        (await Ledger.UnderArchivingAsync("in", Token)).ShouldBeEmpty();
        (await QueueAsync()).ShouldBeEmpty();
        (await Ledger.HistoryAsync(10, Token)).Count(entry => entry.Event == "superseded").ShouldBe(2);
        (await Ledger.TotalsAsync(Token)).LiveFiles.ShouldBe(0);
    }

    [Fact]
    public async Task A_kept_version_stays_known_until_its_stamp_changes_or_it_vanishes()
    {
        await DeclareAsync(Both);
        foreach (string path in new[] { "a", "b" })
        {
            long id = await CompleteOneAsync(path);
            await Ledger.ArchivingAsync([(id, null)], Token);
            await Ledger.ArchivedAsync([(id, ArchiveEnd.Kept)], Token);
        }

        (await Ledger.KnownAsync("in", [Seen("a"), Seen("b")], Token)).ShouldBe([true, true]);
        (await RecordAsync(Seen("a"))).ShouldBe(RecordOutcome.Known);
        (await CompleteAsync()).ShouldBeEmpty();
        Texts(await Ledger.LivePathsAsync("in", null, 10, Token)).ShouldBe(["a", "b"]);
        await Ledger.PruneAsync(Clock.Time.AddYears(1), Token);
        (await RecordAsync(Seen("a", changed: 2))).ShouldBe(RecordOutcome.Superseding);
        (await Ledger.WithdrawAsync("in", [Name("b")], "deleted", Token)).ShouldBe(0);
        (await Ledger.KnownAsync("in", [Seen("b")], Token)).ShouldBe([false]);
    }

    [Fact]
    public async Task What_waits_comes_oldest_first_and_what_all_vessels_have_is_not_among_it()
    {
        await DeclareAsync(Both);
        foreach (string path in new[] { "b", "a" })
        {
            await AddAsync(path);
        }

        await CompleteOneAsync("done");
        await AddAsync("c");
        IReadOnlyList<(long Id, BytePath Path)> first = await Ledger.WaitingPathsAsync("in", 0, 2, Token);
        Texts([.. first.Select(static one => one.Path)]).ShouldBe(["b", "a"]);
        Texts([.. (await Ledger.WaitingPathsAsync("in", first[1].Id, 2, Token)).Select(static one => one.Path)]).ShouldBe(["c"]);
        (await Ledger.WaitingPathsAsync("nowhere", 0, 3, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Pruning_takes_what_is_old_and_finished_and_nothing_else()
    {
        await DeclareAsync(Both);
        long old = await CompleteOneAsync("old");
        await Ledger.ArchivingAsync([(old, Name("processed/old"))], Token);
        await Ledger.ArchivedAsync([(old, ArchiveEnd.Moved)], Token);
        long waiting = await AddAsync("waiting");
        Clock.Time = Clock.Time.AddDays(10);
        long young = await CompleteOneAsync("young");
        await Ledger.ArchivingAsync([(young, null)], Token);
        await Ledger.ArchivedAsync([(young, ArchiveEnd.Deleted)], Token);

        await Ledger.PruneAsync(Clock.Time.AddDays(-1), Token);
        IReadOnlyList<HistoryEntry> history = await Ledger.HistoryAsync(100, Token);
        history.Count.ShouldBe(3);
        history.ShouldAllBe(entry => entry.Path == Name("young"));
        (await QueueAsync()).Single().Version.Id.ShouldBe(waiting);
        (await Ledger.TotalsAsync(Token)).FilesArchived.ShouldBe(2);
        (await TotalsOfAsync("v1")).PublishedFiles.ShouldBe(2);
    }

    [Fact]
    public async Task What_a_clock_wrote_that_was_ahead_keeps_nothing_old()
    {
        await DeclareAsync(Both);
        DateTimeOffset now = Clock.Time;
        Clock.Time = now.AddYears(10);
        for (int batch = 0; batch < 6; batch++)
        {
            SeenFile[] files = [.. Enumerable.Range(0, 1000).Select(number => Seen($"{batch}/{number}"))];
            await Ledger.RecordAsync("in", files, 1 << 20, Token);
            await Ledger.WithdrawAsync("in", [.. files.Select(file => file.Path)], "deleted", Token);
        }

        Clock.Time = now;
        await RecordAsync(Seen("old"));
        await Ledger.WithdrawAsync("in", [Name("old")], "deleted", Token);
        Clock.Time = now.AddDays(100);
        await Ledger.PruneAsync(Clock.Time.AddDays(-90), Token);
        IReadOnlyList<HistoryEntry> history = await Ledger.HistoryAsync(10_000, Token);
        history.Count.ShouldBe(6000);
        history.ShouldNotContain(entry => entry.Path == Name("old"));
    }

    private protected async Task<long> CompleteOneAsync(string path)
    {
        long id = await AddAsync(path);
        await PublishAsync("v1", id);
        await PublishAsync("v2", id);
        return id;
    }
}
