using ContentMonster.Configuration;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Tests.Delivering;
using ContentMonster.Tests.Ledger;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;
using Microsoft.Extensions.Logging.Abstractions;

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

    private static async Task WaitAsync(ConnectVessel connect, Func<Func<Task>, SqliteLedger, VesselWorker, Task> check)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        using var room = new LedgerRoom();
        await using SqliteLedger ledger = await room.OpenAsync();
        await ledger.DeclareAsync([new DeclaredDirectory("in", 0, ["v"])], ["v"], token);
        await ledger.LitteredAsync("v", Litter, token);
        using var sources = new SourceLibrary(ledger, new Dictionary<string, string>(StringComparer.Ordinal));
        var board = new ProgressBoard(TimeProvider.System);
        var office = new VesselOffice
        {
            Settings = new VesselSettings { Name = "v", Address = "nowhere" },
            Ledger = ledger,
            Sources = sources,
            Progress = board.Vessel("v"),
            Time = TimeProvider.System,
            Random = new Random(1),
            Logger = NullLogger.Instance,
            DestinationOf = static version => version.Path,
            Delivered = static () => { },
        };
        var worker = new VesselWorker(office, connect);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        Task working = worker.RunAsync(stop.Token);
        await check(() => new Patience(ledger, ["in"], board, [worker], [], TimeProvider.System).WaitAsync(token), ledger, worker);
        await stop.CancelAsync();
        await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }
}
