using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <content>What the shore's side asks: settings, watching, archiving, reports.</content>
internal sealed partial class SqliteLedger
{
    public Task<Declaration> DeclareAsync(
        IReadOnlyList<DeclaredDirectory> directories, IReadOnlyList<string> vessels, CancellationToken cancellationToken) =>
        _writer.WriteAsync(connection => Declaring.Declare(connection, directories, vessels, Now), cancellationToken);

    public Task<bool[]> KnownAsync(string directory, IReadOnlyList<SeenFile> files, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Recording.Known(connection, directory, files), cancellationToken);

    public Task<IReadOnlyList<RecordOutcome>> RecordAsync(
        string directory, IReadOnlyList<SeenFile> files, long chunkSizeInBytes, CancellationToken cancellationToken) =>
        _writer.WriteAsync(connection => Recording.Record(connection, directory, files, chunkSizeInBytes, NewToken, Now), cancellationToken);

    public async Task<int> WithdrawAsync(string directory, IReadOnlyList<BytePath> paths, string reason, CancellationToken cancellationToken)
    {
        // Each file that the archiver moves is noticed as gone from its place: that must not cost a commit.
        bool any = await _reads.ReadAsync(connection => Ending.Any(connection, directory, paths), cancellationToken).ConfigureAwait(false);
        return any ? await _writer.WriteAsync(connection => Ending.Withdraw(connection, directory, paths, reason, Now), cancellationToken).ConfigureAwait(false) : 0;
    }

    public Task<IReadOnlyList<BytePath>> LivePathsAsync(string directory, BytePath? after, int count, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => LivePaths.Page(connection, directory, after, count), cancellationToken);

    public Task<IReadOnlyList<(long Id, BytePath Path)>> WaitingPathsAsync(string directory, long afterId, int count, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => LivePaths.WaitingPage(connection, directory, afterId, count), cancellationToken);

    public Task<IReadOnlyList<long?>> DevicesAsync(string directory, IReadOnlyList<BytePath> paths, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => LivePaths.Devices(connection, directory, paths), cancellationToken);

    public async Task<bool> RefuseAsync(string directory, BytePath path, string reason, CancellationToken cancellationToken)
    {
        // Every scan refuses the same things again: that must not cost a commit each.
        bool isOld = await _reads.ReadAsync(connection => Refusing.IsRefusedFor(connection, directory, path, reason), cancellationToken).ConfigureAwait(false);
        return !isOld
            && await _writer.WriteAsync(connection => Refusing.Refuse(connection, directory, path, reason, Now), cancellationToken).ConfigureAwait(false);
    }

    public Task AdmitAsync(string directory, BytePath path, CancellationToken cancellationToken) =>
        WriteAsync(connection => Refusing.Admit(connection, Names.NeedDirectory(connection, directory), path), cancellationToken);

    public Task<IReadOnlyList<BytePath>> RefusedPathsAsync(string directory, BytePath? after, int count, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Refusing.Paths(connection, directory, after, count), cancellationToken);

    public Task<IReadOnlyList<FileVersion>> CompleteAsync(string directory, long after, int count, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Archiving.CompleteAfter(connection, directory, after, count), cancellationToken);

    public Task ArchivingAsync(IReadOnlyList<(long VersionId, BytePath? Place)> versions, CancellationToken cancellationToken) =>
        WriteAsync(connection => Archiving.Book(connection, versions), cancellationToken);

    public Task<IReadOnlyList<(FileVersion Version, BytePath? Place)>> UnderArchivingAsync(string directory, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Archiving.Unsettled(connection, directory), cancellationToken);

    public Task ArchivedAsync(IReadOnlyList<(long VersionId, ArchiveEnd End)> versions, CancellationToken cancellationToken) =>
        WriteAsync(connection => Archiving.Archived(connection, versions, Now), cancellationToken);

    public Task ArchiveFailedAsync(long versionId, string reason, CancellationToken cancellationToken) =>
        WriteAsync(connection => Archiving.Failed(connection, versionId, reason, Now), cancellationToken);

    public Task ArchiveHeldUpAsync(IReadOnlyList<(long VersionId, string Reason)> versions, CancellationToken cancellationToken) =>
        WriteAsync(connection => Archiving.HeldUp(connection, versions, Now), cancellationToken);

    public Task SupersededAsync(long versionId, string reason, CancellationToken cancellationToken) => WriteAsync(
        connection => Ending.End(connection, versionId, VersionState.Superseded, HistoryEvent.Superseded, reason, Now), cancellationToken);

    public Task<HeldArchive?> HeldArchiveAsync(BytePath place, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Holding.Of(connection, place), cancellationToken);

    public Task HoldArchiveAsync(string directory, BytePath place, BytePath processed, long sinceUnixNanoseconds, CancellationToken cancellationToken) =>
        WriteAsync(connection => Holding.Hold(connection, directory, place, processed, sinceUnixNanoseconds), cancellationToken);

    public Task LookedThroughArchiveAsync(BytePath place, DateTimeOffset at, DateTimeOffset? doubtedAt, CancellationToken cancellationToken) =>
        WriteAsync(connection => Holding.Looked(connection, place, at, doubtedAt), cancellationToken);

    public Task<LedgerTotals> TotalsAsync(CancellationToken cancellationToken) => _reads.ReadAsync(Reports.Totals, cancellationToken);

    public Task<IReadOnlyList<MissingFile>> MissingAsync(int count, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Reports.Missing(connection, count), cancellationToken);

    public Task<IReadOnlyList<RefusedFile>> RefusedAsync(int count, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Reports.Refused(connection, count), cancellationToken);

    public Task<Unarchived> UnarchivedAsync(int count, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Reports.Unarchived(connection, count), cancellationToken);

    public Task<IReadOnlyList<HistoryEntry>> HistoryAsync(int count, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Reports.History(connection, count), cancellationToken);

    public async Task PruneAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        while (await _writer.WriteAsync(connection => Pruning.History(connection, before, Now), cancellationToken).ConfigureAwait(false) > 0)
        {
        }

        while (await _writer.WriteAsync(connection => Pruning.Versions(connection, before), cancellationToken).ConfigureAwait(false) > 0)
        {
        }
    }

    public Task<bool> WasImportedAsync(CancellationToken cancellationToken) => _reads.ReadAsync(Importing.WasDone, cancellationToken);

    public Task<bool> ImportAsync(string source, CancellationToken cancellationToken) =>
        _writer.WriteAsync(connection => Importing.Import(connection, source, Now), cancellationToken);
}
