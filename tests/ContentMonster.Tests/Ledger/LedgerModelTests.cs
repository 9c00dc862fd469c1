using ContentMonster.Ledger;
using ContentMonster.Model;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Data.Sqlite;

namespace ContentMonster.Tests.Ledger;

/// <summary>Whatever happens in whatever order, what the ledger counts as it goes is what is there when counted anew.</summary>
public sealed class LedgerModelTests
{
    private const string VesselsThatDisagree = """
        select count(*) from vessel v where
            waiting_files <> (select count(*) from delivery where vessel = v.id and state < 3) or
            waiting_bytes <> (select ifnull(sum(bytes_left), 0) from delivery where vessel = v.id and state < 3) or
            stepped_back_files <> (select count(*) from delivery where vessel = v.id and state < 3 and retry_at is not null) or
            published_files <> (select count(*) from delivery where vessel = v.id and state = 3) or
            unverified_files <> (select count(*) from delivery where vessel = v.id and state = 3 and verified_by = 0)
        """;

    private const string VersionsThatDisagree = """
        select count(*) from version v where missing <> (select count(*) from delivery where version = v.id and state < 3)
            or (state > 1 and missing > 0)
            or (state = 0 and exists (select 1 from taker t where t.directory = v.directory
                and not exists (select 1 from delivery d where d.version = v.id and d.vessel = t.vessel and d.state <> 4)))
        """;

    private const string DeliveriesThatDisagree = """
        select count(*) from delivery d where
            (state < 3 and bytes_left <> (select size from version where id = d.version)
                - (select ifnull(sum(acknowledged), 0) from chunk c where c.version = d.version and c.vessel = d.vessel)) or
            (state in (0, 3, 4) and (part is not null or exists (select 1 from chunk c where c.version = d.version and c.vessel = d.vessel))) or
            (state > 2 and retry_at is not null) or
            exists (select 1 from litter l where l.vessel = d.vessel and l.part = d.part)
        """;

    private const string ShoreThatDisagrees = """
        select count(*) from shore where live_files <> (select count(*) from version where state = 0)
            or refused_files <> (select count(*) from refusal)
        """;

    [Fact]
    public void Counters_are_what_counting_anew_gives()
    {
        var property = Prop.ForAll(Gen.Choose(0, 99_999).ArrayOf(60).ToArbitrary(), steps => HoldsAsync(steps).GetAwaiter().GetResult());
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(100), property);
    }

    private static async Task HoldsAsync(int[] steps)
    {
        using var room = new LedgerRoom();
        await using SqliteLedger ledger = await room.OpenAsync();
        await ledger.DeclareAsync([new("in", 0, ["v0", "v1"])], ["v0", "v1"], CancellationToken.None);
        foreach (int step in steps)
        {
            await StepAsync(ledger, room.Clock, step % 17, step / 17 % 6, step / 102 % 3, step / 306 % 5);
        }

        using var database = new SqliteConnection($"Data Source={room.File};Mode=ReadOnly;Pooling=False");
        database.Open();
        using SqliteCommand command = database.CreateCommand();
        foreach (string disagreeing in new[] { VesselsThatDisagree, VersionsThatDisagree, DeliveriesThatDisagree, ShoreThatDisagrees })
        {
            command.CommandText = disagreeing;
            command.ExecuteScalar().ShouldBe(0L, $"{disagreeing} after {string.Join(',', steps)}");
        }
    }

    private static async Task StepAsync(SqliteLedger ledger, HandClock clock, int what, int file, int vessel, int how)
    {
        CancellationToken token = CancellationToken.None;
        long id = file + 1 + how;
        string name = $"v{vessel % 2}";
        BytePath path = BytePath.FromText($"f{file}");
        BytePath part = BytePath.FromText($"p{id}"); // No two files ever have the same.
        clock.Time = clock.Time.AddSeconds(how - 1);
        Task task = what switch
        {
            0 or 1 => ledger.RecordAsync("in", [new SeenFile(path, new FileStamp(1, 1, 300 + how, 1, how, 1))], 100, token),
            2 => ledger.WithdrawAsync("in", [path], "gone", token),
            3 or 4 => ledger.StartAsync(name, [(id, how == 0 ? BytePath.FromText($"q{id}") : part)], token),
            5 or 6 => ledger.SaveProgressAsync(name, id, [new ChunkProgress(how % 3, how * 20, null)], token),
            7 => ledger.RestartAsync(name, id, token),
            8 => ledger.PublishingAsync(name, [id], token),
            9 or 10 => ledger.PublishedAsync([new(id, name, how == 0 ? VerifiedBy.Nothing : VerifiedBy.RemoteHash, true, 1)], token),
            11 => ledger.FailedAsync(name, id, FailureKind.Refused, "no", clock.Time.AddSeconds(2), token),
            12 => ledger.QueueAsync(name, 3, new HashSet<long>(), big: true, token),
            13 => ArchiveAsync(ledger, how),
            14 => ledger.SupersededAsync(id, "other", token),
            15 => how > 2 ? ledger.RefuseAsync("in", path, "link", token) : ledger.RetryNowAsync(how == 0 ? null : name, token),
            _ => how switch
            {
                0 => ledger.DeclareAsync([new("in", 0, ["v0"])], ["v0"], token),
                1 => ledger.DeclareAsync([new("in", 1, ["v1"])], ["v0", "v1"], token),
                2 => ledger.DeclareAsync([new("other", 0, ["v1"]), new("in", 0, [])], ["v1"], token),
                _ => ledger.DeclareAsync([new("in", 0, ["v0", "v1"])], ["v0", "v1"], token),
            },
        };
        try
        {
            await task;
        }
        catch (LedgerStateException)
        {
            // A vessel or directory that is not declared now: refused whole.
        }
    }

    private static async Task ArchiveAsync(SqliteLedger ledger, int how)
    {
        CancellationToken token = CancellationToken.None;
        foreach (FileVersion version in await ledger.CompleteAsync("in", 0, 2, token))
        {
            await ledger.ArchivingAsync([(version.Id, null)], token);
            if (how == 0)
            {
                await ledger.ArchiveFailedAsync(version.Id, "no", token);
            }
            else if (how < 4)
            {
                await ledger.ArchivedAsync([(version.Id, (ArchiveEnd)(how - 1))], token);
            }
        }

        foreach ((FileVersion version, _) in await ledger.UnderArchivingAsync("in", token))
        {
            if (how is 2 or 0)
            {
                await ledger.ArchiveFailedAsync(version.Id, "no", token);
            }
        }
    }
}
