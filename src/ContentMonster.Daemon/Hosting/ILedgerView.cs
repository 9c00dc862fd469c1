using ContentMonster.Ledger;

namespace ContentMonster.Daemon.Hosting;

/// <summary>The ledger as a reader sees it who must not write: for commands without a daemon.</summary>
internal interface ILedgerView : IAsyncDisposable
{
    Task<LedgerTotals> TotalsAsync(CancellationToken cancellationToken);

    Task<IReadOnlyList<MissingFile>> MissingAsync(int count, CancellationToken cancellationToken);

    Task<IReadOnlyList<RefusedFile>> RefusedAsync(int count, CancellationToken cancellationToken);

    Task<Unarchived> UnarchivedAsync(int count, CancellationToken cancellationToken);

    /// <summary>Newest first.</summary>
    Task<IReadOnlyList<HistoryEntry>> HistoryAsync(int count, CancellationToken cancellationToken);
}
