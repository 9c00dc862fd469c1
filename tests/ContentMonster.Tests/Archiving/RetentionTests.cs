using System.Security.Cryptography;
using ContentMonster.Archiving;
using ContentMonster.Configuration;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Archiving;

/// <summary>What ProcessedRetention deletes, and what it never does: on a real disk, with a real ledger.</summary>
public sealed class RetentionTests : IAsyncLifetime
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);
    private static readonly TimeSpan Long = TimeSpan.FromDays(31);
    private readonly ScratchDirectory _scratch = new();
    private readonly SteppedTime _clock = new();
    private readonly RecordingLogger _log = new();
    private DirectorySettings _directory = null!;
    private SqliteLedger _ledger = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _directory = new DirectorySettings { Name = "in", Location = _scratch["shore"], RemoteLocation = "in", SettleTime = TimeSpan.Zero, ProcessedRetention = Kept };
        await OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _ledger.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public async Task What_lay_in_the_archive_before_it_was_ours_is_never_deleted()
    {
        await PutAsync("processed/old", "processed/deep/er/old", "completed/old", "elsewhere/precious");
        File.CreateSymbolicLink(_scratch["shore/processed/link"], _scratch["shore/elsewhere/precious"]);
        Directory.CreateSymbolicLink(_scratch["shore/processed/deep/links"], _scratch["shore/elsewhere"]);
        await ArchiveAsync("film", "deep/er/film");
        File.CreateSymbolicLink(_scratch["shore/processed/young link"], _scratch["shore/elsewhere/precious"]);
        _clock.Offset = Long;
        await LookAsync();
        Files().ShouldBe(["completed/old", "elsewhere/precious", "processed/deep/er/old", "processed/deep/links", "processed/link", "processed/old", "processed/young link"]);
        _log.Lines.ShouldContain(line => line.StartsWith("Removed 2 files from in's processed files, older than 30 d; the first: processed/", StringComparison.Ordinal));
        _log.Lines.ShouldContain(line => line.StartsWith("Left 2 files among in's processed files", StringComparison.Ordinal));
    }

    [Fact]
    public async Task How_old_a_file_was_when_it_was_archived_does_not_count()
    {
        await PutAsync("film");
        File.SetLastWriteTimeUtc(_scratch["shore/film"], new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await ArchivePutAsync("film");
        _clock.Offset = Kept - TimeSpan.FromDays(1);
        await LookAsync();
        Files().ShouldBe(["processed/film"]);
        _clock.Offset = Long;
        await LookAsync();
        Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_there_is_nobodys_until_the_archiver_has_come_to_it()
    {
        await PutAsync("processed/old");
        _clock.Offset = Long;
        await LookAsync();
        Files().ShouldBe(["processed/old"]);
        _log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_archive_that_is_the_Python_programs_old_one_keeps_what_that_put_there()
    {
        _directory = _directory with { ProcessedDir = "completed" };
        await DeclareAsync();
        await PutAsync("completed/old");
        await ArchiveAsync("film");
        _clock.Offset = Long;
        await LookAsync();
        Files().ShouldBe(["completed/old"]);
    }

    [Fact]
    public async Task A_changed_ProcessedDir_begins_anew_there_and_on_the_way_back()
    {
        await ArchiveAsync("first");
        await PutAsync("sent/old");
        _directory = _directory with { ProcessedDir = "sent" };
        await ReopenAsync();
        await ArchiveAsync("second");
        _directory = _directory with { ProcessedDir = "processed" };
        await ReopenAsync();
        await PutAsync("processed/somebody's");
        await ArchiveAsync("third");
        _clock.Offset = Long;
        await LookAsync();
        Files().ShouldBe(["processed/first", "processed/somebody's", "sent/old", "sent/second"]);
    }

    [Fact]
    public async Task A_renamed_directory_has_the_archive_that_it_had()
    {
        await PutAsync("processed/old");
        await ArchiveAsync("film");
        _directory = _directory with { Name = "films" };
        await ReopenAsync();
        await ArchiveAsync("second");
        _clock.Offset = Long;
        await LookAsync();
        Files().ShouldBe(["processed/old"]);
    }

    [Fact]
    public async Task A_clock_that_was_behind_by_years_when_it_began_deletes_nothing_of_before()
    {
        await PutAsync("processed/old");
        _clock.Offset = -TimeSpan.FromDays(20_000);
        await ArchiveAsync("film");
        _clock.Offset = Long;
        await LookAsync();
        Files().ShouldBe(["processed/old"]);
    }

    [Fact]
    public async Task A_clock_that_is_far_ahead_for_a_moment_deletes_nothing()
    {
        await ArchiveAsync("film");
        await LookAsync();
        foreach (int attempt in new[] { 1, 2 })
        {
            _clock.Offset = TimeSpan.FromDays(3650 * attempt);
            await LookAsync();
            await ReopenAsync();
            await LookAsync();
            Files().ShouldBe(["processed/film"]);
        }

        _clock.Offset = TimeSpan.Zero;
        await LookAsync();
        Files().ShouldBe(["processed/film"]);
        _log.Lines.Count(line => line.StartsWith("Nothing is removed from in's processed files for 1 d", StringComparison.Ordinal)).ShouldBe(2);
        _clock.Offset = Long;
        await LookAsync();
        Files().ShouldBe(["processed/film"]);
        _clock.Offset = Long + TimeSpan.FromDays(1);
        await LookAsync();
        Files().ShouldBeEmpty();
    }

    private async Task OpenAsync()
    {
        _ledger = await SqliteLedger.OpenAsync(_scratch["ledger.db"], _clock, RandomNumberGenerator.Create(), NullLogger.Instance, Token);
        await DeclareAsync();
    }

    private async Task ReopenAsync()
    {
        await _ledger.DisposeAsync();
        await OpenAsync();
    }

    private Task<Declaration> DeclareAsync() =>
        _ledger.DeclareAsync([new DeclaredDirectory(_directory.Name, 0, ["v1"]) { Archive = ArchiveHold.PlaceOf(_directory) }], ["v1"], Token);

    private string[] Files() =>
    [
        .. new DirectoryInfo(_scratch["shore"]).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
            .Where(entry => entry is FileInfo || entry.LinkTarget is not null)
            .Select(entry => Path.GetRelativePath(_scratch["shore"], entry.FullName))
            .Where(path => !path.StartsWith("processed/deep/links/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    private async Task PutAsync(params string[] names)
    {
        foreach (string name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_scratch["shore/" + name])!);
            await File.WriteAllTextAsync(_scratch["shore/" + name], name, Token);
        }
    }

    private async Task ArchiveAsync(params string[] names)
    {
        await PutAsync(names);
        await ArchivePutAsync(names);
    }

    // Delivers what was put there and lets the archiver have it.
    private async Task ArchivePutAsync(params string[] names)
    {
        using (ShoreRoot root = ShoreRoot.Open(_scratch["shore"]))
        {
            await _ledger.RecordAsync(_directory.Name, [.. names.Select(BytePath.FromText).Select(path => new SeenFile(path, root.Look(path)!.Value.Stamp))], 65536, Token);
        }

        long[] ids = [.. (await _ledger.MissingAsync(10, Token)).Select(one => one.Version.Id)];
        await _ledger.PublishedAsync([.. ids.Select(id => new PublishedDelivery(id, "v1", VerifiedBy.RemoteHash, Durable: true, BytesSent: 1))], Token);
        long before = (await _ledger.TotalsAsync(Token)).FilesArchived;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task running = new Archiver(_directory, _ledger, _clock, NullLogger.Instance).RunAsync(stop.Token);
        await Eventually.BeTrueAsync(async () => (await _ledger.TotalsAsync(Token)).FilesArchived == before + names.Length, () => "they are archived", TimeSpan.FromSeconds(15));
        await EndAsync(running, stop);
    }

    // One look: it is over when the pause has begun.
    private async Task LookAsync()
    {
        var pausing = new PauseSeen(_clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task running = new Retention(_directory, Kept, _ledger, pausing, _log).RunAsync(stop.Token);
        await pausing.Begun.WaitAsync(TimeSpan.FromSeconds(15), TimeProvider.System, Token);
        await EndAsync(running, stop);
    }

    private static async Task EndAsync(Task running, CancellationTokenSource stop)
    {
        await stop.CancelAsync();
        await running.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private sealed class PauseSeen(TimeProvider clock) : TimeProvider
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task;

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _begun.TrySetResult();
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
