using ContentMonster.Ledger;
using ContentMonster.Model;
using Microsoft.Data.Sqlite;

namespace ContentMonster.Tests.Ledger;

/// <summary>Ledgers of earlier schemas.</summary>
public sealed class MigrationTests : IDisposable
{
    // What 006 added.
    private const string BackToFive = "drop table if exists archive; alter table directory drop column archived_before; pragma user_version = 5";
    private static readonly BytePath Place = BytePath.FromText("/shore/processed");
    private static readonly BytePath Processed = BytePath.FromText("processed");
    private readonly LedgerRoom _room = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _room.Dispose();

    [Fact]
    public async Task An_archive_of_before_is_ours_since_the_oldest_file_that_is_known_to_have_gone_there()
    {
        DateTimeOffset oldest = _room.Clock.Time.AddDays(1);
        await MakeOldAsync();
        await using SqliteLedger ledger = await _room.OpenAsync();
        await DeclareAsync(ledger, "in");
        (await ledger.HeldArchiveAsync(Place, Token)).ShouldBeNull();
        await ledger.HoldArchiveAsync("in", Place, Processed, Nanoseconds(_room.Clock.Time), Token);
        (await ledger.HeldArchiveAsync(Place, Token))!.SinceUnixNanoseconds.ShouldBe(Nanoseconds(oldest));
    }

    [Fact]
    public async Task One_that_was_left_and_comes_back_is_ours_from_then_on()
    {
        await MakeOldAsync();
        await using SqliteLedger ledger = await _room.OpenAsync();
        await ledger.HoldArchiveAsync("in", Place, Processed, Nanoseconds(_room.Clock.Time), Token);
        await ledger.DeclareAsync([new DeclaredDirectory("in", 0, ["v1"])], ["v1"], Token);
        await DeclareAsync(ledger, "in");
        await ledger.HoldArchiveAsync("in", Place, Processed, Nanoseconds(_room.Clock.Time), Token);
        (await ledger.HeldArchiveAsync(Place, Token))!.SinceUnixNanoseconds.ShouldBe(Nanoseconds(_room.Clock.Time));
    }

    [Theory]
    [InlineData("in", "sent")]
    [InlineData("in", "process")]
    [InlineData("films", "processed")]
    public async Task Another_place_or_a_new_directory_is_ours_from_now_on(string directory, string processed)
    {
        await MakeOldAsync();
        await using SqliteLedger ledger = await _room.OpenAsync();
        await DeclareAsync(ledger, directory);
        await ledger.HoldArchiveAsync(directory, Place, BytePath.FromText(processed), Nanoseconds(_room.Clock.Time), Token);
        (await ledger.HeldArchiveAsync(Place, Token))!.SinceUnixNanoseconds.ShouldBe(Nanoseconds(_room.Clock.Time));
    }

    [Fact]
    public async Task A_clock_that_was_ahead_when_the_oldest_went_there_keeps_the_archive_from_nobody()
    {
        DateTimeOffset now = _room.Clock.Time;
        await MakeOldAsync();
        _room.Clock.Time = now;
        await using SqliteLedger ledger = await _room.OpenAsync();
        await ledger.HoldArchiveAsync("in", Place, Processed, Nanoseconds(now), Token);
        (await ledger.HeldArchiveAsync(Place, Token))!.SinceUnixNanoseconds.ShouldBe(Nanoseconds(now));
    }

    [Fact]
    public async Task A_migration_that_breaks_off_leaves_the_ledger_as_it_was()
    {
        await MakeOldAsync();

        // Its second step fails: that column is there.
        Sql("alter table directory add column archived_before integer not null default 0");
        await Should.ThrowAsync<LedgerException>(_room.OpenAsync);
        Sql("select count(*) from sqlite_master where name = 'archive'").ShouldBe(0L);
        Sql("pragma user_version").ShouldBe(5L);
        Sql("alter table directory drop column archived_before");
        await using SqliteLedger ledger = await _room.OpenAsync();
        (await ledger.HistoryAsync(10, Token)).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task What_triggers_counted_before_is_not_counted_twice()
    {
        await using (SqliteLedger made = await _room.OpenAsync())
        {
            await DeclareAsync(made, "in");
        }

        Sql("create trigger version_added after insert on version begin update shore set live_files = live_files + (new.state = 0); end; pragma user_version = 6");
        await using SqliteLedger ledger = await _room.OpenAsync();
        await ledger.RecordAsync("in", [new SeenFile(BytePath.FromText("a"), new FileStamp(1, 2, 3, 4, 5, 420))], 100, Token);
        (await ledger.TotalsAsync(Token)).LiveFiles.ShouldBe(1);
    }

    private static long Nanoseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() * 1_000_000;

    private static Task<Declaration> DeclareAsync(SqliteLedger ledger, string directory) =>
        ledger.DeclareAsync([new DeclaredDirectory(directory, 0, ["v1"]) { Archive = Place }], ["v1"], Token);

    // Files that were deleted and moved, a day apart.
    private async Task MakeOldAsync()
    {
        await using (SqliteLedger ledger = await _room.OpenAsync())
        {
            await ledger.DeclareAsync([new DeclaredDirectory("in", 0, ["v1"])], ["v1"], Token);
            foreach ((string path, BytePath? place, ArchiveEnd end) in new[] { ("a", (BytePath?)null, ArchiveEnd.Deleted), ("b", Processed.Join(BytePath.FromText("b")), ArchiveEnd.Moved), ("c", Processed.Join(BytePath.FromText("d/c")), ArchiveEnd.Moved) })
            {
                await ledger.RecordAsync("in", [new SeenFile(BytePath.FromText(path), new FileStamp(1, 2, 3, 4, 5, 420))], 100, Token);
                long id = (await ledger.MissingAsync(10, Token)).Single().Version.Id;
                await ledger.PublishedAsync([new PublishedDelivery(id, "v1", VerifiedBy.RemoteHash, Durable: true, BytesSent: 3)], Token);
                await ledger.ArchivingAsync([(id, place)], Token);
                await ledger.ArchivedAsync([(id, end)], Token);
                _room.Clock.Time = _room.Clock.Time.AddDays(1);
            }

            await ledger.CloseCleanlyAsync(Token);
        }

        Sql(BackToFive);
    }

    private object? Sql(string text)
    {
        using var database = new SqliteConnection($"Data Source={_room.File};Pooling=False");
        database.Open();
        using SqliteCommand command = database.CreateCommand();
#pragma warning disable CA2100 // The tests' own.
        command.CommandText = text;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
