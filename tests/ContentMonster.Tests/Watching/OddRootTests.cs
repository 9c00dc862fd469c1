using ContentMonster.Configuration;
using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Tests.Support;
using ContentMonster.Watching;

namespace ContentMonster.Tests.Watching;

/// <summary>What few disks show: sizes beyond all sense, errors between one look and the next.</summary>
public sealed class OddRootTests : IDisposable
{
    private static readonly BytePath File = BytePath.FromText("file");
    private readonly ScratchDirectory _scratch = new();
    private readonly MemoryLedger _ledger = new();
    private readonly RecordingLogger _log = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData((1L << 50) + 1)]
    [InlineData(long.MaxValue)]
    public async Task A_file_beyond_all_sense_is_refused_for_as_long_as_it_is_so(long size)
    {
        await System.IO.File.WriteAllTextAsync(_scratch["file"], "x", TestContext.Current.CancellationToken);
        await System.IO.File.WriteAllTextAsync(_scratch["other"], "x", TestContext.Current.CancellationToken);
        var quiet = new Quiet();
        using var root = new OddRoot(_scratch.Path, (path, look) => path == File && look is { } there ? there with { Stamp = there.Stamp with { SizeInBytes = size } } : look);
        using var watch = new RootWatch(Order(), root, new NoHints(shortfall: null), quiet);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task running = watch.RunAsync(stop.Token);
        await _ledger.UntilAsync(() => _ledger.Live.SequenceEqual(["other"], StringComparer.Ordinal));

        // With the review of what is refused, which comes after the scan.
        await quiet.FirstScan.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        _ledger.Refused.ShouldHaveSingleItem().Value.ShouldContain("no more than 1.0 PiB is sent");
        _log.Lines.ShouldContain(line => line.StartsWith("Not sent: file of d", StringComparison.Ordinal));
        await stop.CancelAsync();
        await running.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    [Fact]
    public async Task A_file_that_is_gone_and_then_cannot_be_looked_at_ends_no_watch()
    {
        int looks = 0;
        using var root = new OddRoot(_scratch.Path, (path, look) => path == File && ++looks == 2 ? throw new ShoreException(ShoreFailure.PermissionDenied, "Could not look at file.") : look);
        WatchOrder order = Order();
        var table = new SettlingTable(10);
        var refusals = new Refusals("d", _ledger, _log, 10);
        var intake = new Intake(order, root, table, refusals);
        using var scan = new TreeScan(order, root, new NoHints(shortfall: null), table, refusals, intake);
        var desk = new HintDesk(order, root, table, refusals, intake, scan, new Withdrawals(order, root));
        table.Await(new SettlingFile(File, 0), 0);

        await desk.ApplyAsync([new Hint(HintKind.Gone, File)], TestContext.Current.CancellationToken);
        looks.ShouldBe(2);
        table.TryGet(File, out _).ShouldBeTrue("nothing is known of it");

        await desk.ApplyAsync([new Hint(HintKind.Gone, File)], TestContext.Current.CancellationToken);
        table.TryGet(File, out _).ShouldBeFalse();
    }

    private WatchOrder Order()
    {
        var settings = new DirectorySettings { Name = "d", Location = _scratch.Path, RemoteLocation = "/r", SettleTime = TimeSpan.FromMilliseconds(50) };
        return new WatchOrder
        {
            Settings = settings,
            ChunkSizeInBytes = 1 << 20,
            Recursive = true,
            Ledger = _ledger,
            Territory = new Territory(settings, recursive: true, static _ => true, static _ => true),
            Time = TimeProvider.System,
            Logger = _log,
            Recorded = static () => { },
            Limits = new WatchLimits(),
            State = new WatchState(settings),
        };
    }
}
