using ContentMonster.Daemon.Hosting;
using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Tests.Delivering;
using ContentMonster.Tests.Ledger;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Hosting;

/// <summary>How long `run --once` waits when all is delivered.</summary>
public sealed class PatienceTests
{
    private static readonly VesselException Away = new(FailureKind.Unreachable, "Could not connect, because nobody answers.");
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);
    private static readonly BytePath Litter = BytePath.FromText("inbox/..0123.part");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_left_on_a_vessel_is_removed_first(bool failsAtFirst)
    {
        var sweeping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var swept = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var vessel = new HandVessel<IVesselLane>
        {
            NewLane = static () => throw new VesselException(FailureKind.Refused, "Could not open a lane, because none is needed."),
            Sweep = parts =>
            {
                parts.ShouldBe([Litter]);
                sweeping.TrySetResult();
                return swept.Task;
            },
        };
        await WaitAsync(
            (_, _) => Interlocked.Exchange(ref failsAtFirst, false) ? throw Away : Task.FromResult<IVessel>(vessel),
            async (begin, ledger, worker) =>
            {
                await sweeping.Task.WaitAsync(Soon, TimeProvider.System);
                worker.HasGivenUp(TimeSpan.Zero).ShouldBeFalse();
                Task waiting = begin();
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, TestContext.Current.CancellationToken);
                waiting.IsCompleted.ShouldBeFalse();
                swept.SetResult();
                await waiting.WaitAsync(Soon, TimeProvider.System);
                (await ledger.LitterAsync("v", 1, TestContext.Current.CancellationToken)).ShouldBeEmpty();
            });
    }

    [Fact]
    public async Task A_vessel_that_is_away_keeps_nobody_waiting_for_that() => await WaitAsync(
        static (_, _) => throw Away,
        static (begin, _, _) => begin().WaitAsync(Soon, TimeProvider.System));

    [Fact]
    public async Task Nor_does_what_may_not_be_removed()
    {
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var vessel = new HandVessel<IVesselLane>
        {
            NewLane = static () => throw new VesselException(FailureKind.Refused, "Could not open a lane, because none is needed."),
            Sweep = _ =>
            {
                refused.TrySetResult();
                throw new VesselException(FailureKind.PermissionDenied, "Could not remove it, because that is not permitted.");
            },
        };
        await WaitAsync(
            (_, _) => Task.FromResult<IVessel>(vessel),
            async (begin, _, _) =>
            {
                await refused.Task.WaitAsync(Soon, TimeProvider.System);
                await begin().WaitAsync(Soon, TimeProvider.System);
            });
    }

    /// <summary>Hashed, copied or joined there it moves no bytes.</summary>
    [Theory]
    [InlineData(1_000, 61, false)]
    [InlineData(1_000, 64, true)]
    [InlineData(100_000_000, 160, false)]
    public async Task While_nothing_moves_or_all_is_lost_again_a_big_file_that_is_under_way_is_waited_for_longer(long size, int seconds, bool losesAll)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        using var room = new LedgerRoom();
        await using SqliteLedger ledger = await room.OpenAsync();
        await ledger.DeclareAsync([new DeclaredDirectory("in", 0, ["v"])], ["v"], token);
        await ledger.RecordAsync("in", [new SeenFile(BytePath.FromText("film"), new FileStamp(1, 1, size, 1, 1, 420))], Cargo.ChunkSize, token);
        using var sources = new SourceLibrary(ledger, new Dictionary<string, string>(StringComparer.Ordinal));
        var time = new ManualTime();
        var board = new ProgressBoard(time);
        VesselProgress.ActiveEntry shown = board.Vessel("v").Begin(Cargo.Version(1, size));
        var worker = new VesselWorker(WorkerBench.Office(ledger, sources, board), static (_, _) => throw Away);
        Task waiting = new Patience(ledger, ["in"], board, [worker], [], time).WaitAsync(token);
        for (int second = 0; second < seconds; second++)
        {
            await Eventually.BeTrueAsync(() => time.Timers > 0, $"it waits after {second} s");
            shown.Acknowledged(losesAll ? second % 3 * 300 : 0);
            time.Advance(TimeSpan.FromSeconds(1));
        }

        await waiting.WaitAsync(Soon, TimeProvider.System, token);
    }

    private static Task WaitAsync(ConnectVessel connect, Func<Func<Task>, SqliteLedger, VesselWorker, Task> check) => WorkerBench.RunAsync(
        connect,
        Litter,
        (ledger, worker, board) => check(() => new Patience(ledger, ["in"], board, [worker], [], TimeProvider.System).WaitAsync(TestContext.Current.CancellationToken), ledger, worker));
}
