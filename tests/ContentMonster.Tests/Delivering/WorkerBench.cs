using ContentMonster.Configuration;
using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Tests.Ledger;
using ContentMonster.Vessels;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Delivering;

/// <summary>One <see cref="VesselWorker"/> with a real ledger and something to sweep, whose vessel a test plays.</summary>
internal static class WorkerBench
{
    public static async Task RunAsync(ConnectVessel connect, BytePath litter, Func<SqliteLedger, VesselWorker, ProgressBoard, Task> check, VesselNote? note = null, bool stillRefused = false, Action? wasRefused = null, TimeProvider? time = null, Action<VesselWorker>? before = null)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        using var room = new LedgerRoom();
        await using SqliteLedger ledger = await room.OpenAsync();
        await ledger.DeclareAsync([new DeclaredDirectory("in", 0, ["v"])], ["v"], token);
        await ledger.LitteredAsync("v", litter, token);
        if (note is not null)
        {
            await ledger.NoteVesselAsync("v", note, token);
        }

        using var sources = new SourceLibrary(ledger, new Dictionary<string, string>(StringComparer.Ordinal));
        var board = new ProgressBoard(TimeProvider.System);
        var worker = new VesselWorker(Office(ledger, sources, board, stillRefused, wasRefused, time), connect);
        before?.Invoke(worker);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        Task working = worker.RunAsync(stop.Token);
        await check(ledger, worker, board);
        await stop.CancelAsync();
        await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    public static VesselOffice Office(SqliteLedger ledger, SourceLibrary sources, ProgressBoard board, bool stillRefused = false, Action? wasRefused = null, TimeProvider? time = null, int packsAtOnce = 6) => new()
    {
        Settings = new VesselSettings { Name = "v", Address = "nowhere" },
        Ledger = ledger,
        Sources = sources,
        Progress = board.Vessel("v"),
        Time = time ?? TimeProvider.System,
        PacksAtOnce = packsAtOnce,
        Random = new Random(1),
        Logger = NullLogger.Instance,
        DestinationOf = static version => version.Path,
        Delivered = static () => { },
        StillRefused = _ => stillRefused,
        WasRefused = wasRefused ?? (static () => { }),
    };
}
