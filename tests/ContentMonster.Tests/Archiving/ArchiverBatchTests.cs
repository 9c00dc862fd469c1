using System.Security.Cryptography;
using ContentMonster.Archiving;
using ContentMonster.Configuration;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Archiving;

/// <summary>Hundreds of files at once.</summary>
public sealed class ArchiverBatchTests : IDisposable
{
    private const int Directories = 3;
    private const int FilesEach = 50;
    private readonly ScratchDirectory _scratch = new();
    private readonly RecordingLogger _log = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_batch_is_moved_whole_but_for_what_changed_and_costs_a_few_commits_and_one_line()
    {
        await using SqliteLedger ledger = await SqliteLedger.OpenAsync(_scratch["ledger.db"], TimeProvider.System, RandomNumberGenerator.Create(), NullLogger.Instance, Token);
        await ledger.DeclareAsync([new DeclaredDirectory("in", 0, ["v1"])], ["v1"], Token);
        await DeliverAsync(ledger);
        await File.WriteAllTextAsync(_scratch["shore/1/7"], "changed since", Token);
        await File.WriteAllTextAsync(_scratch["shore/processed/2/9"], "taken", Token);
        await File.WriteAllTextAsync(_scratch["shore/processed/0"], "an older file has the directory's name", Token);
        await File.WriteAllTextAsync(_scratch["shore/processed/0.1"], "and its second", Token);
        long before = ledger.Commits;
        await ArchiveAsync(ledger, () => ledger.TotalsAsync(Token).GetAwaiter().GetResult().FilesArchived == (Directories * FilesEach) - 1);

        for (int number = 0; number < Directories * FilesEach; number++)
        {
            string name = $"{number / FilesEach}/{number % FilesEach}";
            string place = name switch
            {
                "2/9" => "processed/2/9.1",
                ['0', .. var rest] => "processed/0.2" + rest,
                _ => "processed/" + name,
            };
            File.Exists(_scratch["shore/" + name]).ShouldBe(name == "1/7");
            File.Exists(_scratch["shore/" + place]).ShouldBe(name != "1/7");
        }

        (await File.ReadAllTextAsync(_scratch["shore/processed/2/9"], Token)).ShouldBe("taken");
        (ledger.Commits - before).ShouldBeLessThan(10);
        _log.Lines.ShouldHaveSingleItem().ShouldContain($"{(Directories * FilesEach) - 1} more files");
    }

    [Fact]
    public async Task A_batch_that_has_no_place_to_go_to_costs_one_line_and_stands_in_the_report()
    {
        await using SqliteLedger ledger = await SqliteLedger.OpenAsync(_scratch["ledger.db"], TimeProvider.System, RandomNumberGenerator.Create(), NullLogger.Instance, Token);
        await ledger.DeclareAsync([new DeclaredDirectory("in", 0, ["v1"])], ["v1"], Token);
        await DeliverAsync(ledger);
        Directory.Delete(_scratch["shore/processed"], recursive: true);
        File.CreateSymbolicLink(_scratch["shore/processed"], "/tmp");
        await ArchiveAsync(ledger, () => ledger.UnarchivedAsync(0, Token).GetAwaiter().GetResult().Files == Directories * FilesEach);

        string told = _log.Lines.First();
        told.ShouldContain($"{Directories * FilesEach} files of in stay in place");
        Unarchived left = await ledger.UnarchivedAsync(3, Token);
        left.First.Count.ShouldBe(3);
        left.First.ShouldAllBe(file => told.Contains(file.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_could_not_be_archived_is_tried_at_once_when_somebody_asks_for_it()
    {
        await using SqliteLedger ledger = await SqliteLedger.OpenAsync(_scratch["ledger.db"], TimeProvider.System, RandomNumberGenerator.Create(), NullLogger.Instance, Token);
        await ledger.DeclareAsync([new DeclaredDirectory("in", 0, ["v1"])], ["v1"], Token);
        await DeliverAsync(ledger);
        Directory.Delete(_scratch["shore/processed"], recursive: true);
        await File.WriteAllTextAsync(_scratch["shore/processed"], "in the way", Token);
        var archiver = new Archiver(new DirectorySettings { Name = "in", Location = _scratch["shore"], RemoteLocation = "in" }, ledger, new ManualTime(), _log);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task running = archiver.RunAsync(stop.Token);
        await Eventually.BeTrueAsync(() => archiver.IsQuiet && !_log.Lines.IsEmpty, "it is known that nothing can be archived");
        File.Delete(_scratch["shore/processed"]);

        // Its clock stands still: by itself it would never try again.
        archiver.TryNow();
        await Eventually.BeTrueAsync(() => ledger.TotalsAsync(Token).GetAwaiter().GetResult().FilesArchived == Directories * FilesEach, "all are archived");
        await stop.CancelAsync();
        await running.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    [Fact]
    public async Task What_was_moved_and_could_not_be_booked_is_booked_when_it_is_begun_again()
    {
        await using SqliteLedger ledger = await SqliteLedger.OpenAsync(_scratch["ledger.db"], TimeProvider.System, RandomNumberGenerator.Create(), NullLogger.Instance, Token);
        await ledger.DeclareAsync([new DeclaredDirectory("in", 0, ["v1"])], ["v1"], Token);
        await DeliverAsync(ledger);
        ILedger failing = FailingLedger.Over(ledger, nameof(ILedger.ArchivedAsync));
        var archiver = new Archiver(new DirectorySettings { Name = "in", Location = _scratch["shore"], RemoteLocation = "in" }, failing, TimeProvider.System, _log);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await Should.ThrowAsync<LedgerException>(() => archiver.RunAsync(stop.Token));
        File.Exists(_scratch["shore/processed/1/1"]).ShouldBeTrue();
        (await ledger.TotalsAsync(Token)).FilesArchived.ShouldBe(0);

        Task again = archiver.RunAsync(stop.Token);
        await Eventually.BeTrueAsync(() => ledger.TotalsAsync(Token).GetAwaiter().GetResult().FilesArchived == Directories * FilesEach, "all are booked");
        await stop.CancelAsync();
        await again.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task ArchiveAsync(SqliteLedger ledger, Func<bool> done)
    {
        var directory = new DirectorySettings { Name = "in", Location = _scratch["shore"], RemoteLocation = "in", SettleTime = TimeSpan.Zero };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var archiver = new Archiver(directory, ledger, TimeProvider.System, _log);
        Task running = archiver.RunAsync(stop.Token);
        await Eventually.BeTrueAsync(done, "archived, or known not to be");
        await stop.CancelAsync();
        await running.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task DeliverAsync(SqliteLedger ledger)
    {
        Directory.CreateDirectory(_scratch["shore/processed/2"]);
        var seen = new List<SeenFile>();
        using ShoreRoot root = ShoreRoot.Open(_scratch["shore"] + "/");
        for (int number = 0; number < Directories * FilesEach; number++)
        {
            string name = $"{number / FilesEach}/{number % FilesEach}";
            Directory.CreateDirectory(_scratch[$"shore/{number / FilesEach}"]);
            await File.WriteAllTextAsync(_scratch["shore/" + name], name, Token);
            seen.Add(new(BytePath.FromText(name), root.Look(BytePath.FromText(name))!.Value.Stamp));
        }

        await ledger.RecordAsync("in", seen, 65536, Token);
        IReadOnlyList<Delivery> queue = await ledger.QueueAsync("v1", 1000, new HashSet<long>(), big: false, Token);
        await ledger.StartAsync("v1", [.. queue.Select(one => (one.Version.Id, BytePath.FromText(".part." + one.Version.Token)))], Token);
        await ledger.PublishedAsync([.. queue.Select(one => new PublishedDelivery(one.Version.Id, "v1", VerifiedBy.RemoteHash, Durable: true, BytesSent: 1))], Token);
    }
}
