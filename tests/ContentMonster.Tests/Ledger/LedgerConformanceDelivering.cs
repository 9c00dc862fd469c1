using ContentMonster.Ledger;
using ContentMonster.Model;

namespace ContentMonster.Tests.Ledger;

/// <summary>The queue of a vessel and the states of a delivery.</summary>
public abstract class LedgerConformanceDelivering : LedgerConformanceWatching
{
    [Fact]
    public async Task The_queue_goes_by_priority_then_age_without_the_active()
    {
        await DeclareAsync(new DirectoryRow("in", 0, ["v1"]), new DirectoryRow("urgent", 5, ["v1"]));
        long first = await AddAsync("a");
        await AddAsync("b");
        await AddAsync("c", directory: "urgent");
        Texts(await QueueAsync()).ShouldBe(["c", "a", "b"]);
        Texts(await QueueAsync(count: 2)).ShouldBe(["c", "a"]);
        Texts(await Ledger.QueueAsync("v1", 2, new HashSet<long> { first }, big: true, Token)).ShouldBe(["c", "b"]);
        (await QueueAsync("v2")).ShouldBeEmpty();
        (await QueueAsync("unknown")).ShouldBeEmpty();
        (await QueueAsync(count: 0)).ShouldBeEmpty();

        await DeclareAsync(new DirectoryRow("in", 9, ["v1"]), new DirectoryRow("urgent", 5, ["v1"]));
        Texts(await QueueAsync()).ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task A_thousand_are_taken_beside_thousands_that_are_active_and_booked_in_one_call_each()
    {
        await DeclareAsync(Both);
        await Ledger.RecordAsync("in", [.. Enumerable.Range(0, 4000).Select(number => Seen($"{number:D4}", size: 10))], 100, Token);
        HashSet<long> active = [.. (await Ledger.QueueAsync("v1", 3000, None, big: false, Token)).Select(one => one.Version.Id)];
        IReadOnlyList<Delivery> next = await Ledger.QueueAsync("v1", 1000, active, big: false, Token);
        Texts(next).ShouldBe(Enumerable.Range(3000, 1000).Select(number => $"{number:D4}"));

        long[] ids = [.. next.Select(one => one.Version.Id)];
        (await Ledger.StartAsync("v1", [.. ids.Select(id => (id, Name($"p{id}")))], Token)).ShouldBeEmpty();
        (await Ledger.PublishingAsync("v1", ids, Token)).ShouldBeEmpty();
        await PublishAsync("v1", ids);
        await PublishAsync("v2", ids);
        (await Ledger.CompleteAsync("in", 0, 5000, Token)).Select(version => version.Id).ShouldBe(ids);
        (await Ledger.QueueAsync("v1", 1000, active, big: false, Token)).ShouldBeEmpty();
        (await TotalsOfAsync("v1")).ShouldBe(new VesselTotals("v1", 3000, 30_000, 0, 1000, 0, null));
        await Ledger.ArchivingAsync([.. ids.Select(id => (id, (BytePath?)Name($"processed/{id}")))], Token);
        await Ledger.ArchivedAsync([.. ids.Select(id => (id, ArchiveEnd.Moved))], Token);
        (await Ledger.TotalsAsync(Token)).FilesArchived.ShouldBe(1000);
        (await Ledger.HistoryAsync(1, Token)).Single().Text.ShouldBe($"moved to processed/{ids[^1]}");
    }

    [Fact]
    public async Task An_older_version_of_the_same_size_and_second_is_a_lookalike_also_when_it_is_over()
    {
        const long Second = 1_000_000_000;
        await DeclareAsync(Both);
        await RecordAsync(At("a", size: 250, modified: 7 * Second));
        await RecordAsync(At("other", size: 250, modified: 7 * Second));
        await IsLookalikeAsync("a", false);
        await RecordAsync(At("a", size: 251, modified: 7 * Second));
        await IsLookalikeAsync("a", false);
        await RecordAsync(At("a", size: 250, modified: 8 * Second));
        await IsLookalikeAsync("a", false);
        await RecordAsync(At("a", size: 250, modified: (8 * Second) - 1));
        await IsLookalikeAsync("a", true);
        (await Ledger.HasLookalikeAsync(12345, Token)).ShouldBeFalse();

        static SeenFile At(string path, long size, long modified) => new(Name(path), new FileStamp(1, 2, size, modified, modified, 420));

        async Task IsLookalikeAsync(string path, bool expected) =>
            (await Ledger.HasLookalikeAsync((await QueueAsync()).Last(one => one.Version.Path == Name(path)).Version.Id, Token)).ShouldBe(expected);
    }

    [Fact]
    public async Task A_version_is_wanted_until_it_is_published_there_or_withdrawn()
    {
        await DeclareAsync(Both);
        await AddAsync("a");
        long id = (await QueueAsync()).Single().Version.Id;
        (await Ledger.IsWantedAsync("v1", id, Token)).ShouldBeTrue();
        (await Ledger.IsWantedAsync("v1", id + 1, Token)).ShouldBeFalse();
        await PublishAsync("v1", [id]);
        (await Ledger.IsWantedAsync("v1", id, Token)).ShouldBeFalse();
        (await Ledger.IsWantedAsync("v2", id, Token)).ShouldBeTrue();
        await Ledger.WithdrawAsync("in", [Name("a")], "deleted", Token);
        (await Ledger.IsWantedAsync("v2", id, Token)).ShouldBeFalse();
    }

    [Fact]
    public async Task What_may_lie_in_the_TempDir_before_is_left_behind()
    {
        string[] ids = [.. Enumerable.Range(0, 3).Select(_ => PartName.NewId())];
        BytePath[] parts = [.. ids.Select(id => PartName.Sibling(Name("in/file"), id))];
        await DeclareAsync(Both);
        await Ledger.SetTempFolderAsync("v1", Name("tmp/s"), Token);
        long[] versions = [await AddAsync("a"), await AddAsync("b")];
        await Ledger.StartAsync("v1", [(versions[0], parts[0]), (versions[1], parts[1])], Token);
        await Ledger.LitteredAsync("v1", parts[2], Token);
        await Ledger.SetTempFolderAsync("v1", Name("tmp/s"), Token);
        (await LitterAsync("v1")).ShouldBe([parts[2].ToString()]);
        await Ledger.SetTempFolderAsync("v1", null, Token);
        (await LitterAsync("v1")).ShouldBe([parts[2].ToString()]);
        (await LeftBehindAsync("v1")).ShouldBe([$"tmp/s/{ids[2]}.part"]); // the others may go on there, by another name
        (await LeftBehindAsync("v2")).ShouldBeEmpty();
        foreach (long version in versions)
        {
            await Ledger.RestartAsync("v1", version, Token);
        }

        (await LeftBehindAsync("v1")).Order(StringComparer.Ordinal).ShouldBe(ids.Select(id => $"tmp/s/{id}.part").Order(StringComparer.Ordinal));
        (await LitterAsync("v1")).Order(StringComparer.Ordinal).ShouldBe(parts.Select(part => part.ToString()).Order(StringComparer.Ordinal));
        (await Ledger.LeftBehindAsync("v1", 2, Token)).Count.ShouldBe(2);
        await Ledger.SetTempFolderAsync("v1", Name("tmp/s"), Token);
        (await LeftBehindAsync("v1")).Length.ShouldBe(3, "also where it is the folder in force again");
        await Ledger.SweptAsync("v1", [.. ids.Select(id => Name($"tmp/s/{id}.part"))], Token);
        (await LeftBehindAsync("v1")).ShouldBeEmpty();
        (await LitterAsync("v1")).Length.ShouldBe(3);
    }

    [Fact]
    public async Task A_started_delivery_carries_its_part_and_chunks()
    {
        await DeclareAsync(Both);
        long id = await AddAsync("a");
        (await Ledger.StartAsync("v1", [(id, Name("p")), (12345, Name("q"))], Token)).ShouldBe([12345]);
        await Ledger.SaveProgressAsync("v1", id, [new(0, 100, "boot"), new(1, 60, null)], Token);
        await Ledger.SaveProgressAsync("v1", id, [new(1, 80, "")], Token);

        Delivery delivery = (await QueueAsync()).Single();
        (delivery.State, delivery.Part).ShouldBe((DeliveryState.Sending, Name("p")));
        delivery.Chunks.ShouldBe([new(0, 100, "boot"), new(1, 80, "")]);
        (await TotalsOfAsync("v1")).WaitingBytes.ShouldBe(70);
        (await TotalsOfAsync("v2")).WaitingBytes.ShouldBe(250);
        (await Ledger.MissingAsync(5, Token)).Single().Missing.Select(at => at.AcknowledgedBytes).ShouldBe([180, 0]);

        await Ledger.SaveProgressAsync("v1", id, [new(0, 0, null)], Token); // found corrupt
        (await TotalsOfAsync("v1")).WaitingBytes.ShouldBe(170);
        await ReopenAsync();
        (await QueueAsync()).Single().Chunks.ShouldBe([new(0, 0, null), new(1, 80, "")]);
    }

    [Fact]
    public async Task Progress_of_a_delivery_that_was_not_started_is_not_booked()
    {
        await DeclareAsync(Both);
        long id = await AddAsync("a");
        await Ledger.SaveProgressAsync("v1", id, [new(0, 100, null)], Token);
        (await TotalsOfAsync("v1")).WaitingBytes.ShouldBe(250);
        (await Ledger.PublishingAsync("v1", [id], Token)).ShouldBe([id]);
    }

    [Fact]
    public async Task A_restart_leaves_the_part_as_litter_until_the_same_name_is_used_again()
    {
        await DeclareAsync(Both);
        long id = await AddAsync("a");
        await StartAsync("v1", id, "p");
        await Ledger.SaveProgressAsync("v1", id, [new(0, 100, null)], Token);
        await Ledger.RestartAsync("v1", id, Token);
        Delivery delivery = (await QueueAsync()).Single();
        (delivery.State, delivery.Part, delivery.Chunks.Count).ShouldBe((DeliveryState.Waiting, null, 0));
        (await TotalsOfAsync("v1")).WaitingBytes.ShouldBe(250);
        (await LitterAsync("v1")).ShouldBe(["p"]);

        await StartAsync("v1", id, "p");
        (await LitterAsync("v1")).ShouldBeEmpty();
        await StartAsync("v1", id, "q");
        (await LitterAsync("v1")).ShouldBe(["p"]);
        (await QueueAsync()).Single().Part.ShouldBe(Name("q"));
        await Ledger.SweptAsync("v1", [Name("p")], Token);
        (await LitterAsync("v1")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_of_no_delivery_is_litter_from_its_booking_until_it_is_swept()
    {
        await DeclareAsync(Both);
        await Ledger.LitteredAsync("v1", Name("probe"), Token);
        await Ledger.LitteredAsync("v1", Name("second"), Token);
        await Ledger.LitteredAsync("v1", Name("probe"), Token);
        (await LitterAsync("v1")).ShouldBe(["probe", "second"]);
        (await LitterAsync("v2")).ShouldBeEmpty();
        await ReopenAsync();
        (await LitterAsync("v1")).ShouldBe(["probe", "second"]);
        await Ledger.SweptAsync("v1", [Name("probe")], Token);
        (await LitterAsync("v1")).ShouldBe(["second"]);
        await Should.ThrowAsync<LedgerStateException>(Ledger.LitteredAsync("unknown", Name("probe"), Token));
    }

    [Fact]
    public async Task Publishing_then_published_forgets_the_chunks_and_writes_history()
    {
        await DeclareAsync(Both);
        long id = await AddAsync("a");
        await StartAsync("v1", id, "p");
        await Ledger.SaveProgressAsync("v1", id, [new(0, 100, "b")], Token);
        (await Ledger.PublishingAsync("v1", [id], Token)).ShouldBeEmpty();
        (await Ledger.PublishingAsync("v1", [id], Token)).ShouldBeEmpty();
        Delivery delivery = (await QueueAsync()).Single();
        (delivery.State, delivery.Part, delivery.Chunks.Count).ShouldBe((DeliveryState.Publishing, Name("p"), 1));

        await PublishAsync("v1", VerifiedBy.Nothing, id);
        await PublishAsync("v1", VerifiedBy.Nothing, id);
        (await QueueAsync()).ShouldBeEmpty();
        (await LitterAsync("v1")).ShouldBeEmpty();
        (await TotalsOfAsync("v1")).ShouldBe(new VesselTotals("v1", 0, 0, 0, 1, 1, null));
        HistoryEntry entry = (await Ledger.HistoryAsync(10, Token)).Single();
        (entry.Event, entry.Vessel, entry.Text, entry.At).ShouldBe(("published", "v1", "unverified", Clock.Time));
        (await Ledger.StartAsync("v1", [(id, Name("p"))], Token)).ShouldBe([id]);
        (await Ledger.MissingAsync(5, Token)).Single().Missing.Single().Vessel.ShouldBe("v2");
    }

    [Fact]
    public async Task A_failing_file_steps_back_until_its_time_and_keeps_what_it_has()
    {
        await DeclareAsync(Both);
        long id = await AddAsync("a");
        await AddAsync("b");
        await StartAsync("v1", id, "p");
        await Ledger.SaveProgressAsync("v1", id, [new(0, 100, null)], Token);
        DateTimeOffset retry = Clock.Time.AddSeconds(30);
        await Ledger.FailedAsync("v1", id, FailureKind.VesselFull, "full", retry, Token);

        Texts(await QueueAsync()).ShouldBe(["b"]);
        (await Ledger.NextRetryAsync("v1", Token)).ShouldBe(retry);
        (await Ledger.NextRetryAsync("v2", Token)).ShouldBeNull();
        (await TotalsOfAsync("v1")).SteppedBackFiles.ShouldBe(1);
        MissingAt at = (await Ledger.MissingAsync(5, Token))[0].Missing[0];
        at.ShouldBe(new MissingAt("v1", DeliveryState.Sending, 100, FailureKind.VesselFull, "full", retry));

        Clock.Time = retry.AddMilliseconds(-1);
        Texts(await QueueAsync()).ShouldBe(["b"]);
        Clock.Time = retry;
        Delivery back = (await QueueAsync())[0];
        (back.Version.Id, back.Failures, back.State, back.Chunks.Count).ShouldBe((id, 1, DeliveryState.Sending, 1));
        (await TotalsOfAsync("v1")).SteppedBackFiles.ShouldBe(0);
        (await Ledger.NextRetryAsync("v1", Token)).ShouldBeNull();
    }

    [Theory]
    [InlineData("v1", 1)]
    [InlineData("v2", 0)]
    [InlineData(null, 1)]
    public async Task Retry_makes_due_at_once_what_had_stepped_back(string? vessel, int expected)
    {
        await DeclareAsync(Both);
        long id = await AddAsync("a");
        await Ledger.FailedAsync("v1", id, FailureKind.Refused, "no", Clock.Time.AddHours(1), Token);
        await Ledger.RetryNowAsync(vessel, Token);
        (await QueueAsync()).Count.ShouldBe(expected);
    }

    [Fact]
    public async Task A_clock_put_back_lets_no_file_wait_a_day()
    {
        await DeclareAsync(Both);
        long id = await AddAsync("a");
        await Ledger.FailedAsync("v1", id, FailureKind.Refused, "no", Clock.Time.AddSeconds(5), Token);
        Clock.Time = Clock.Time.AddDays(-1);
        (await QueueAsync()).Count.ShouldBe(1);

        await Ledger.FailedAsync("v1", id, FailureKind.Refused, "no", Clock.Time.AddSeconds(5), Token);
        Clock.Time = Clock.Time.AddDays(-1);
        await ReopenAsync();
        (await QueueAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_note_of_a_vessel_is_shown_with_its_totals()
    {
        await DeclareAsync(Both);
        var note = new VesselNote("backing off", FailureKind.Unreachable, "no route", Clock.Time, Clock.Time.AddMinutes(1));
        await Ledger.NoteVesselAsync("v2", note, Token);
        (await TotalsOfAsync("v2")).Note.ShouldBe(note);
        (await TotalsOfAsync("v1")).Note.ShouldBeNull();
        await Ledger.NoteVesselAsync("v2", new VesselNote("idle", null, null, null, null), Token);
        (await TotalsOfAsync("v2")).Note.ShouldBe(new VesselNote("idle", null, null, null, null));
    }
}
