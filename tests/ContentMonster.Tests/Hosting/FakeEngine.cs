using ContentMonster.Daemon.Hosting;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;

namespace ContentMonster.Tests.Hosting;

/// <summary>An engine that does what the test says.</summary>
internal sealed class FakeEngine : IEngine, ILedgerView
{
    public static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    public Func<CancellationToken, Task> Run { get; init; } = stop => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
    public Func<CancellationToken, Task> AllDelivered { get; init; } = _ => Task.CompletedTask;
    public BoardSnapshot Board { get; set; } = new(Now, Now.AddHours(-1), [], []);
    public LedgerTotals Totals { get; set; } = new([], 0, 0, 0);
    public IReadOnlyList<MissingFile> Missing { get; init; } = [];
    public IReadOnlyList<RefusedFile> Refused { get; init; } = [];
    public IReadOnlyList<UnarchivedFile> Unarchived { get; init; } = [];
    public IReadOnlyList<HistoryEntry> History { get; init; } = [];
    public bool Imported { get; init; }
    public List<string?> Retried { get; } = [];
    public bool Disposed { get; private set; }

    public Task RunAsync(CancellationToken stop) => Run(stop);

    public Task WaitAllDeliveredAsync(CancellationToken cancellationToken) => AllDelivered(cancellationToken);

    public BoardSnapshot Snapshot() => Board;

    public Task<LedgerTotals> TotalsAsync(CancellationToken cancellationToken) => Task.FromResult(Totals);

    public Task<IReadOnlyList<MissingFile>> MissingAsync(int count, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<MissingFile>>([.. Missing.Take(count)]);

    public Task<IReadOnlyList<RefusedFile>> RefusedAsync(int count, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RefusedFile>>([.. Refused.Take(count)]);

    public Task<Unarchived> UnarchivedAsync(int count, CancellationToken cancellationToken) => Task.FromResult(new Unarchived(Unarchived.Count, [.. Unarchived.Take(count)]));

    public Task<IReadOnlyList<HistoryEntry>> HistoryAsync(int count, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<HistoryEntry>>([.. History.Take(count)]);

    public Task<FileReport> FileAsync(string directory, string file, int count, CancellationToken cancellationToken) => Task.FromResult(new FileReport(
        Missing.Any(one => one.Version.Directory == directory && one.Version.Path.ToString() == file),
        [.. History.Where(entry => entry.Directory == directory && entry.Path.ToString() == file).Take(count)]));

    public Task<bool> WasImportedAsync(CancellationToken cancellationToken) => Task.FromResult(Imported);

    public Task RetryAsync(string? vessel, CancellationToken cancellationToken)
    {
        Retried.Add(vessel);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        return ValueTask.CompletedTask;
    }

    public static VesselSnapshot Vessel(string name) =>
        new(name, VesselState.Idle, 0, 0, 0, 0, null, null, null, null, null, null, 0, 0, []);
}
