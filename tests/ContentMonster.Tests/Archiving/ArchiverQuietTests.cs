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
    public async Task A_moved_file_that_somebody_has_open_for_writing_is_watched_and_put_back_when_it_changed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Leases are Linux's.");
        await WithDeliveredFileAsync(async (archiver, ledger) =>
        {
            await using var writer = new FileStream(Source, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            await UntilArchivedAsync(archiver, ledger);
            archiver.IsQuiet.ShouldBeFalse();

            writer.Seek(0, SeekOrigin.End);
            await writer.WriteAsync("late"u8.ToArray(), Token);
            await writer.FlushAsync(Token);
            _time.Advance(TimeSpan.FromSeconds(2));
            archiver.Work.Ring();
            await Eventually.BeTrueAsync(() => archiver.IsQuiet, "quiet after the last look");
            File.Exists(Archived).ShouldBeFalse();
            (await File.ReadAllTextAsync(Source, Token)).ShouldBe("content" + "late");
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

    private async Task WithDeliveredFileAsync(Func<Archiver, SqliteLedger, Task> act, ILogger? logger = null)
    {
        Directory.CreateDirectory(_scratch["shore"]);
        await File.WriteAllTextAsync(Source, "content", Token);
        await using SqliteLedger ledger = await SqliteLedger.OpenAsync(_scratch["ledger.db"], _time, RandomNumberGenerator.Create(), NullLogger.Instance, Token);
        await ledger.DeclareAsync([new DeclaredDirectory("in", 0, ["v1"])], ["v1"], Token);
        var directory = new DirectorySettings { Name = "in", Location = _scratch["shore"], RemoteLocation = "in", SettleTime = TimeSpan.Zero };
        var archiver = new Archiver(directory, ledger, _time, logger ?? NullLogger.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task running = archiver.RunAsync(stop.Token);
        await DeliverAsync(ledger);
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
