using System.Security.Cryptography;
using ContentMonster.Archiving;
using ContentMonster.Configuration;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Archiving;

/// <summary>What `run --once` waits for after the move. The clock stands still, so nothing here is quiet because time went by.</summary>
public sealed class ArchiverQuietTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly ManualTime _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Source => _scratch["shore/a"];

    private string Archived => _scratch["shore/processed/a"];

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_moved_file_that_nobody_has_open_for_writing_is_not_waited_for()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Leases are Linux's.");
        await WithDeliveredFileAsync(async (archiver, ledger) =>
        {
            await UntilArchivedAsync(archiver, ledger);
            await Eventually.BeTrueAsync(() => archiver.IsQuiet, "quiet although the clock stands still");
            File.Exists(Archived).ShouldBeTrue();
        });
    }

    [Fact]
    public async Task A_moved_file_that_changed_is_put_back()
    {
        await WithDeliveredFileAsync(async (archiver, ledger) =>
        {
            await UntilArchivedAsync(archiver, ledger);
            await File.AppendAllTextAsync(Archived, "late", Token);
            _time.Advance(TimeSpan.FromSeconds(2));
            archiver.Work.Ring();
            await Eventually.BeTrueAsync(() => File.Exists(Source), "put back after the last look");
            File.Exists(Archived).ShouldBeFalse();
            (await File.ReadAllTextAsync(Source, Token)).ShouldBe("content" + "late");
        });
    }

    [Theory]
    [InlineData(OnComplete.Move)]
    [InlineData(OnComplete.Delete)]
    public async Task What_somebody_has_open_for_writing_stays_until_it_is_closed_and_is_told(OnComplete onComplete)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Leases are Linux's.");
        var log = new RecordingLogger();
        await WithDeliveredFileAsync(
            async (archiver, ledger) =>
            {
                await using (new FileStream(Source, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
                {
                    archiver.Work.Ring();
                    await Eventually.BeTrueAsync(() => !log.Lines.IsEmpty, "told");
                    log.Lines.ShouldHaveSingleItem().ShouldContain("in/a stays in place and is tried again: Could not archive a, because a program has it open for writing");
                    (await ledger.UnarchivedAsync(1, Token)).First.ShouldHaveSingleItem().Reason.ShouldContain("open for writing");
                    Directory.GetFiles(_scratch["shore"], "*", SearchOption.AllDirectories).ShouldBe([Source]);
                    await Eventually.BeTrueAsync(() => archiver.IsQuiet, "nothing more is done about it for now");
                }

                _time.Advance(TimeSpan.FromSeconds(2));
                await UntilArchivedAsync(archiver, ledger);
                Directory.GetFiles(_scratch["shore"], "*", SearchOption.AllDirectories).ShouldBe(onComplete == OnComplete.Move ? [Archived] : []);
            },
            log,
            onComplete);
    }

    [Theory]
    [InlineData(false, OnComplete.Delete)]
    [InlineData(true, OnComplete.Delete)]
    [InlineData(true, OnComplete.Move)]
    public async Task What_was_moved_to_be_deleted_when_the_daemon_died_is_deleted_at_the_next_start(bool anotherCame, OnComplete now)
    {
        string hidden = _scratch[$"shore/.a.{new string('0', 32)}.part"];
        await WithDeliveredFileAsync(
            async (archiver, ledger) =>
            {
                await Eventually.BeTrueAsync(() => ledger.TotalsAsync(Token).GetAwaiter().GetResult().FilesArchived == 1, "settled");
                Directory.GetFiles(_scratch["shore"], "*", SearchOption.AllDirectories).ShouldBe(anotherCame ? [Source] : []);
            },
            onComplete: now,
            before: async ledger =>
            {
                await ledger.ArchivingAsync([(1, BytePath.FromText(Path.GetFileName(hidden)))], Token);
                new FileInfo(Source).MoveTo(hidden);
                if (anotherCame)
                {
                    await File.WriteAllTextAsync(Source, "another", Token);
                }
            });
    }

    [Theory]
    [InlineData(OnComplete.Move)]
    [InlineData(OnComplete.Delete)]
    public async Task What_was_booked_under_another_OnComplete_goes_the_way_of_the_new_one(OnComplete now) => await WithDeliveredFileAsync(
        async (archiver, ledger) =>
        {
            await Eventually.BeTrueAsync(() => ledger.TotalsAsync(Token).GetAwaiter().GetResult().FilesArchived == 1, "settled");
            Directory.GetFiles(_scratch["shore"], "*", SearchOption.AllDirectories).ShouldBe(now == OnComplete.Move ? [Archived] : []);
        },
        onComplete: now,
        before: async ledger => await ledger.ArchivingAsync([(1, BytePath.FromText(now == OnComplete.Move ? $".a.{new string('0', 32)}.part" : "processed/a"))], Token));

    [Fact]
    public async Task What_was_written_to_under_its_hidden_name_is_told_where_another_file_took_its_place()
    {
        string hidden = _scratch[$"shore/.a.{new string('0', 32)}.part"];
        var log = new RecordingLogger();
        await WithDeliveredFileAsync(
            async (archiver, ledger) =>
            {
                await Eventually.BeTrueAsync(() => log.Lines.Any(line => line.Contains("its last content is only there", StringComparison.Ordinal)), "told");
                (await File.ReadAllTextAsync(hidden, Token)).ShouldBe("content" + "late");
                (await File.ReadAllTextAsync(Source, Token)).ShouldBe("another");
            },
            log,
            OnComplete.Delete,
            async ledger =>
            {
                await ledger.ArchivingAsync([(1, BytePath.FromText(Path.GetFileName(hidden)))], Token);
                new FileInfo(Source).MoveTo(hidden);
                await File.AppendAllTextAsync(hidden, "late", Token);
                await File.WriteAllTextAsync(Source, "another", Token);
            });
    }

    [Fact]
    public async Task What_somebody_has_open_under_its_hidden_name_comes_back()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Leases are Linux's.");
        string hidden = _scratch[$"shore/.a.{new string('0', 32)}.part"];
        FileStream? writer = null;
        try
        {
            await WithDeliveredFileAsync(
                async (archiver, ledger) =>
                {
                    await Eventually.BeTrueAsync(() => File.Exists(Source), "back");
                    File.Exists(hidden).ShouldBeFalse();
                },
                onComplete: OnComplete.Delete,
                before: async ledger =>
                {
                    await ledger.ArchivingAsync([(1, BytePath.FromText(Path.GetFileName(hidden)))], Token);
                    new FileInfo(Source).MoveTo(hidden);
                    writer = new FileStream(hidden, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
                });
        }
        finally
        {
            writer?.Dispose();
        }
    }

    [Fact]
    public async Task What_was_to_be_deleted_and_is_to_be_kept_now_is_kept()
    {
        string hidden = _scratch[$"shore/.a.{new string('0', 32)}.part"];
        await WithDeliveredFileAsync(
            async (archiver, ledger) =>
            {
                await Eventually.BeTrueAsync(() => File.Exists(Source), "back");
                File.Exists(hidden).ShouldBeFalse();
                (await File.ReadAllTextAsync(Source, Token)).ShouldBe("content");
            },
            onComplete: OnComplete.Keep,
            before: async ledger =>
            {
                await ledger.ArchivingAsync([(1, BytePath.FromText(Path.GetFileName(hidden)))], Token);
                new FileInfo(Source).MoveTo(hidden);
            });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_lay_on_a_disk_that_is_not_there_is_not_settled_and_told_and_not_tried_at_each_ring(bool bareMountPoint)
    {
        var log = new RecordingLogger();
        await WithDeliveredFileAsync(
            async (archiver, ledger) =>
            {
                if (bareMountPoint)
                {
                    await Eventually.BeTrueAsync(() => !log.Lines.IsEmpty, "told");
                    for (int ring = 0; ring < 10; ring++)
                    {
                        archiver.Work.Ring();
                        await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
                    }

                    log.Lines.ShouldHaveSingleItem().ShouldContain("the file system that it lay on is not there");
                    (await ledger.UnderArchivingAsync("in", Token)).Count.ShouldBe(1);
                    (await ledger.UnarchivedAsync(1, Token)).First.ShouldHaveSingleItem().Reason.ShouldContain("the file system that it lay on is not there");
                    (await ledger.TotalsAsync(Token)).FilesArchived.ShouldBe(0);
                    archiver.Handled.ShouldBe(0);
                    return;
                }

                // The same disk under another number.
                await Eventually.BeTrueAsync(() => ledger.TotalsAsync(Token).GetAwaiter().GetResult().FilesArchived == 1, "settled");
            },
            log,
            OnComplete.Delete,
            before: async ledger =>
            {
                FileStamp stamp;
                using (ShoreRoot root = ShoreRoot.Open(_scratch["shore"]))
                {
                    stamp = root.Look(BytePath.FromText("a"))!.Value.Stamp;
                }

                await ledger.RecordAsync("in", [new SeenFile(BytePath.FromText("a"), stamp with { Device = stamp.Device + 1 })], 65536, Token);
                await ledger.ArchivingAsync([(1, BytePath.FromText($".a.{new string('0', 32)}.part"))], Token);
                File.Delete(Source);
                Directory.CreateDirectory(_scratch["shore/processed"]);
                if (!bareMountPoint)
                {
                    await File.WriteAllTextAsync(_scratch["shore/other"], "x", Token);
                }
            });
    }

    [Fact]
    public async Task What_was_replaced_in_the_moment_before_it_was_moved_to_be_deleted_comes_back_at_the_next_start()
    {
        string hidden = _scratch[$"shore/.a.{new string('0', 32)}.part"];
        await WithDeliveredFileAsync(
            async (archiver, ledger) =>
            {
                await Eventually.BeTrueAsync(() => File.Exists(Source), "back");
                (await File.ReadAllTextAsync(Source, Token)).ShouldBe("another");
                await Eventually.BeTrueAsync(() => archiver.IsQuiet, "settled");
                (await ledger.UnderArchivingAsync("in", Token)).ShouldBeEmpty();
                Directory.GetFiles(_scratch["shore"], "*", SearchOption.AllDirectories).ShouldBe([Source]);
            },
            onComplete: OnComplete.Delete,
            before: async ledger =>
            {
                await ledger.ArchivingAsync([(1, BytePath.FromText(Path.GetFileName(hidden)))], Token);
                File.Delete(Source);
                await File.WriteAllTextAsync(hidden, "another", Token);
            });
    }

    [Fact]
    public async Task A_file_that_cannot_be_archived_is_not_tried_at_each_ring_but_when_some_time_has_gone_by()
    {
        var log = new RecordingLogger();
        Directory.CreateDirectory(_scratch["shore"]);
        await File.WriteAllTextAsync(_scratch["shore/processed"], "in the way", Token);
        await WithDeliveredFileAsync(
            async (archiver, ledger) =>
            {
                archiver.Work.Ring();
                await Eventually.BeTrueAsync(() => !log.Lines.IsEmpty, "it fails and is told");
                for (int ring = 0; ring < 10; ring++)
                {
                    archiver.Work.Ring();
                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
                }

                log.Lines.Count.ShouldBe(1);
                _time.Advance(TimeSpan.FromSeconds(1));
                archiver.Work.Ring();
                await Eventually.BeTrueAsync(() => log.Lines.Count == 2, "it is tried again");
                archiver.Handled.ShouldBe(0, "what fails is no progress that `run --once` would wait for");
                File.Delete(_scratch["shore/processed"]);
                _time.Advance(TimeSpan.FromSeconds(2));
                archiver.Work.Ring();
                await Eventually.BeTrueAsync(() => File.Exists(Archived), "it is archived once that can be");
            },
            log);
    }

    private static Task UntilArchivedAsync(Archiver archiver, SqliteLedger ledger)
    {
        archiver.Work.Ring();
        return Eventually.BeTrueAsync(() => ledger.TotalsAsync(Token).GetAwaiter().GetResult().FilesArchived == 1, "archived");
    }

    /// <param name="before">Null: the archiver runs when the file is delivered; else this comes in between.</param>
    private async Task WithDeliveredFileAsync(
        Func<Archiver, SqliteLedger, Task> act, ILogger? logger = null, OnComplete onComplete = OnComplete.Move, Func<SqliteLedger, Task>? before = null)
    {
        Directory.CreateDirectory(_scratch["shore"]);
        await File.WriteAllTextAsync(Source, "content", Token);
        await using SqliteLedger ledger = await SqliteLedger.OpenAsync(_scratch["ledger.db"], _time, RandomNumberGenerator.Create(), NullLogger.Instance, Token);
        await ledger.DeclareAsync([new DeclaredDirectory("in", 0, ["v1"])], ["v1"], Token);
        var directory = new DirectorySettings { Name = "in", Location = _scratch["shore"], RemoteLocation = "in", SettleTime = TimeSpan.Zero, OnComplete = onComplete };
        var archiver = new Archiver(directory, ledger, _time, logger ?? NullLogger.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        if (before is not null)
        {
            await DeliverAsync(ledger);
            await before(ledger);
        }

        Task running = archiver.RunAsync(stop.Token);
        if (before is null)
        {
            await DeliverAsync(ledger);
        }

        try
        {
            await act(archiver, ledger);
        }
        finally
        {
            await stop.CancelAsync();
            await running.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task DeliverAsync(SqliteLedger ledger)
    {
        using ShoreRoot root = ShoreRoot.Open(_scratch["shore"]);
        BytePath path = BytePath.FromText("a");
        await ledger.RecordAsync("in", [new SeenFile(path, root.Look(path)!.Value.Stamp)], 65536, Token);
        Delivery delivery = (await ledger.QueueAsync("v1", 1, new HashSet<long>(), big: false, Token)).Single();
        await ledger.StartAsync("v1", [(delivery.Version.Id, BytePath.FromText(".a.part"))], Token);
        await ledger.PublishedAsync([new PublishedDelivery(delivery.Version.Id, "v1", VerifiedBy.RemoteHash, Durable: true, BytesSent: 7)], Token);
    }
}
