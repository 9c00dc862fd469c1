using ContentMonster.Ledger;

namespace ContentMonster.Daemon.Hosting;

/// <summary>The ledger's reader as the commands want it.</summary>
internal sealed class LedgerView(LedgerReader reader) : ILedgerView
{
    public Task<LedgerTotals> TotalsAsync(CancellationToken cancellationToken) => reader.TotalsAsync(cancellationToken);

    public Task<IReadOnlyList<MissingFile>> MissingAsync(int count, CancellationToken cancellationToken) => reader.MissingAsync(count, cancellationToken);

    public Task<IReadOnlyList<RefusedFile>> RefusedAsync(int count, CancellationToken cancellationToken) => reader.RefusedAsync(count, cancellationToken);

    public Task<Unarchived> UnarchivedAsync(int count, CancellationToken cancellationToken) => reader.UnarchivedAsync(count, cancellationToken);

    public Task<IReadOnlyList<HistoryEntry>> HistoryAsync(int count, CancellationToken cancellationToken) => reader.HistoryAsync(count, cancellationToken);

    public Task<FileReport> FileAsync(string directory, string file, int count, CancellationToken cancellationToken) => reader.FileAsync(directory, file, count, cancellationToken);

    public Task<bool> WasImportedAsync(CancellationToken cancellationToken) => reader.WasImportedAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        reader.Dispose();
        return ValueTask.CompletedTask;
    }
}
