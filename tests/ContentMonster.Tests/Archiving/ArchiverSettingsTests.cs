using System.Security.Cryptography;
using ContentMonster.Archiving;
using ContentMonster.Configuration;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Archiving;

/// <summary>The settings say something else than when a file was delivered or booked.</summary>
public sealed class ArchiverSettingsTests : IAsyncLifetime
{
    private static readonly BytePath Path = BytePath.FromText("file");
    private readonly ScratchDirectory _scratch = new();
    private SqliteLedger _ledger = null!;
    private long _id;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _ledger = await SqliteLedger.OpenAsync(_scratch["ledger.db"], TimeProvider.System, RandomNumberGenerator.Create(), NullLogger.Instance, Token);
        Directory.CreateDirectory(_scratch["shore"]);
        await File.WriteAllTextAsync(_scratch["shore/file"], "content", Token);
        await DeclareAsync("v1");
        using ShoreRoot root = ShoreRoot.Open(_scratch["shore"]);
        await _ledger.RecordAsync("in", [new SeenFile(Path, root.Look(Path)!.Value.Stamp)], 65536, Token);
        _id = (await _ledger.MissingAsync(1, Token)).Single().Version.Id;
        await PublishAsync("v1");
    }

    public async ValueTask DisposeAsync()
    {
        await _ledger.DisposeAsync();
        _scratch.Dispose();
    }

    [Theory]
    [InlineData(OnComplete.Delete)]
    [InlineData(OnComplete.Move)]
    internal async Task What_was_kept_stays_when_a_vessel_that_comes_later_has_it(OnComplete now)
    {
        await ArchiveAsync(new() { OnComplete = OnComplete.Keep }, times: 1);
        await DeclareAsync("v1", "v2");
        await PublishAsync("v2");
        await ArchiveAsync(new() { OnComplete = now }, times: 2);
        (await File.ReadAllTextAsync(_scratch["shore/file"], Token)).ShouldBe("content");
        (await _ledger.HistoryAsync(1, Token)).Single().Text.ShouldBe("kept in place");
    }

    [Theory]
    [InlineData("processed/file")]
    [InlineData("sent-off/file")]
    [InlineData("sent")]
    public async Task A_place_that_was_booked_under_another_ProcessedDir_is_booked_anew(string booked)
    {
        await _ledger.ArchivingAsync([(_id, BytePath.FromText(booked))], Token);
        await ArchiveAsync(new() { ProcessedDir = "sent" }, times: 1);
        (await File.ReadAllTextAsync(_scratch["shore/sent/file"], Token)).ShouldBe("content");
        File.Exists(_scratch["shore/file"]).ShouldBeFalse();
        (await _ledger.HistoryAsync(1, Token)).Single().Text.ShouldBe("moved to sent/file");
    }

    [Fact]
    public async Task A_place_that_was_booked_below_ProcessedDir_is_gone_by()
    {
        await _ledger.ArchivingAsync([(_id, BytePath.FromText("a/b/c/file.7"))], Token);
        await ArchiveAsync(new() { ProcessedDir = "a/b" }, times: 1);
        File.Exists(_scratch["shore/a/b/c/file.7"]).ShouldBeTrue();
    }

    private Task<Declaration> DeclareAsync(params string[] vessels) => _ledger.DeclareAsync([new DeclaredDirectory("in", 0, vessels)], vessels, Token);

    private async Task PublishAsync(string vessel)
    {
        await _ledger.StartAsync(vessel, [(_id, BytePath.FromText(".part"))], Token);
        await _ledger.PublishedAsync([new PublishedDelivery(_id, vessel, VerifiedBy.RemoteHash, Durable: true, BytesSent: 1)], Token);
    }

    private async Task ArchiveAsync(Ways ways, int times)
    {
        var directory = new DirectorySettings
        {
            Name = "in", Location = _scratch["shore"], RemoteLocation = "in", SettleTime = TimeSpan.Zero, OnComplete = ways.OnComplete, ProcessedDir = ways.ProcessedDir,
        };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task running = new Archiver(directory, _ledger, TimeProvider.System, NullLogger.Instance).RunAsync(stop.Token);
        await Eventually.BeTrueAsync(async () => (await _ledger.TotalsAsync(Token)).FilesArchived == times, () => "it was archived", TimeSpan.FromSeconds(15));
        await stop.CancelAsync();
        await running.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private sealed record Ways
    {
        public OnComplete OnComplete { get; init; } = OnComplete.Move;

        public string ProcessedDir { get; init; } = "processed";
    }
}
