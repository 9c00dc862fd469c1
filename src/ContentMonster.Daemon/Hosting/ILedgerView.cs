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

    /// <summary>All on one file, named as it is shown; of its events the youngest.</summary>
    Task<FileReport> FileAsync(string directory, string file, int count, CancellationToken cancellationToken);

    /// <summary>Whether a database of the Python program was imported.</summary>
    Task<bool> WasImportedAsync(CancellationToken cancellationToken);
}
