using ContentMonster.Ledger;
using ContentMonster.Model;

namespace ContentMonster.Tests.Simulation;

/// <content>Watching and archiving.</content>
internal sealed partial class SimulatedLedger
{
    public Task<bool[]> KnownAsync(string directory, IReadOnlyList<SeenFile> files, CancellationToken cancellationToken) =>
        Done<bool[]>(() => [.. files.Select(file => InPlace(directory, file.Path).Any(version => version.Version.Stamp == file.Stamp))]);

    public Task<IReadOnlyList<RecordOutcome>> RecordAsync(string directory, IReadOnlyList<SeenFile> files, long chunkSizeInBytes, CancellationToken cancellationToken) => Done<IReadOnlyList<RecordOutcome>>(() =>
    {
        DirectoryRow row = NeedDirectory(directory);
        return [.. files.Select(file => Record(row, file, chunkSizeInBytes))];
    });

    public Task<int> WithdrawAsync(string directory, IReadOnlyList<BytePath> paths, string reason, CancellationToken cancellationToken) => Done(() =>
    {
        VersionRow[] gone = [.. paths.SelectMany(path => InPlace(directory, path)).Where(version => version.State != VersionState.Archiving)];
        int live = gone.Count(version => version.State == VersionState.Live);
        Array.ForEach(gone, version => End(version, VersionState.Gone, HistoryEvent.Gone, reason));
        return live;
    });

    public Task<IReadOnlyList<BytePath>> LivePathsAsync(string directory, BytePath? after, int count, CancellationToken cancellationToken) => Done<IReadOnlyList<BytePath>>(() =>
    [
        .. _versions.Values.Where(version => version.Directory.Name == directory && version.State is (VersionState.Live or VersionState.Kept)).Select(version => version.Version.Path).Where(path => after is not BytePath last || path > last).Order().Take(count),
    ]);

    public Task<IReadOnlyList<(long Id, BytePath Path)>> WaitingPathsAsync(string directory, long afterId, int count, CancellationToken cancellationToken) => Done<IReadOnlyList<(long, BytePath)>>(() =>
    [
        .. _versions.Values.Where(version => version is { State: VersionState.Live, IsMissing: true } && version.Directory.Name == directory && version.Version.Id > afterId)
            .OrderBy(version => version.Version.Id).Take(count).Select(version => (version.Version.Id, version.Version.Path)),
    ]);

    public Task<IReadOnlyList<long?>> DevicesAsync(string directory, IReadOnlyList<BytePath> paths, CancellationToken cancellationToken) => Done<IReadOnlyList<long?>>(() =>
    [
        .. paths.Select(path => _versions.Values.FirstOrDefault(version => version.Directory.Name == directory && version.State is (VersionState.Live or VersionState.Kept) && version.Version.Path == path)?.Version.Stamp.Device),
    ]);

    public Task<bool> RefuseAsync(string directory, BytePath path, string reason, CancellationToken cancellationToken) => Done(() =>
    {
        DirectoryRow row = NeedDirectory(directory);
        if (row.Refused.TryGetValue(path, out (string Reason, DateTimeOffset) before) && before.Reason == reason)
        {
            return false;
        }

        row.Refused[path] = (reason, Now);
        return true;
    });

    public Task AdmitAsync(string directory, BytePath path, CancellationToken cancellationToken) => Do(() => NeedDirectory(directory).Refused.Remove(path));

    public Task<IReadOnlyList<BytePath>> RefusedPathsAsync(string directory, BytePath? after, int count, CancellationToken cancellationToken) =>
        Done<IReadOnlyList<BytePath>>(() => [.. (Directory(directory)?.Refused.Keys.ToArray() ?? []).Where(path => after is not BytePath last || path > last).Take(count)]);

    public Task<IReadOnlyList<FileVersion>> CompleteAsync(string directory, long after, int count, CancellationToken cancellationToken) => Done<IReadOnlyList<FileVersion>>(() =>
    [
        .. _versions.Values.Where(version => version.Directory.Name == directory && version.Version.Id > after && version.State == VersionState.Live && CanLeave(version)).Take(count).Select(version => version.Version),
    ]);

    public Task ArchivingAsync(IReadOnlyList<(long VersionId, BytePath? Place)> versions, CancellationToken cancellationToken) => Do(() =>
    {
        foreach ((long id, _) in versions)
        {
            if (_versions.GetValueOrDefault(id) is not { } version || version.IsMissing || !(version.State == VersionState.Archiving || (version.State == VersionState.Live && CanLeave(version))))
            {
                throw new LedgerStateException($"Could not book {versions.Count} versions as being archived, because version {id} is no longer complete.");
            }
        }

        foreach ((long id, BytePath? place) in versions)
        {
            (_versions[id].State, _versions[id].Place) = (VersionState.Archiving, place);
        }
    });

    public Task<IReadOnlyList<(FileVersion Version, BytePath? Place)>> UnderArchivingAsync(string directory, CancellationToken cancellationToken) => Done<IReadOnlyList<(FileVersion, BytePath?)>>(() =>
        [.. _versions.Values.Where(version => version.Directory.Name == directory && version.State == VersionState.Archiving).Select(version => (version.Version, version.Place))]);

    public Task ArchivedAsync(IReadOnlyList<(long VersionId, ArchiveEnd End)> versions, CancellationToken cancellationToken) => Do(() =>
    {
        foreach ((long id, ArchiveEnd end) in versions)
        {
            if (_versions.GetValueOrDefault(id) is { State: VersionState.Archiving } version)
            {
                bool overtaken = end == ArchiveEnd.Kept && HasYounger(version);
                version.State = overtaken ? VersionState.Superseded : end switch { ArchiveEnd.Moved => VersionState.Moved, ArchiveEnd.Deleted => VersionState.Deleted, _ => VersionState.Kept };
                (version.FinishedAt, version.ArchiveError) = (Now, null);
                _archived += overtaken ? 0 : 1;
                Tell(HistoryEvent.Archived, version, null, end switch { ArchiveEnd.Moved => $"moved to {version.Place}", ArchiveEnd.Deleted => "deleted", _ => "kept in place" });
                if (version.State == VersionState.Kept)
                {
                    version.Version = version.Version with { WasKept = true };
                    version.Directory.Takers.ForEach(vessel => Enlist([version], vessel));
                    (version.State, version.FinishedAt) = version.IsMissing ? (VersionState.Live, null) : (version.State, version.FinishedAt);
                }
            }
        }
    });

    public Task ArchiveFailedAsync(long versionId, string reason, CancellationToken cancellationToken) => Do(() =>
    {
        if (_versions.GetValueOrDefault(versionId) is not { } version)
        {
            return;
        }

        if (HasYounger(version))
        {
            End(version, VersionState.Superseded, HistoryEvent.Superseded, reason);
        }
        else if (version.State == VersionState.Archiving)
        {
            (version.State, version.Place) = (VersionState.Live, null);
            if (version.ArchiveError != reason)
            {
                version.ArchiveError = reason;
                Tell(HistoryEvent.ArchiveFailed, version, null, reason);
            }

            version.Directory.Takers.ForEach(vessel => Enlist([version], vessel));
        }
    });

    public Task ArchiveHeldUpAsync(IReadOnlyList<(long VersionId, string Reason)> versions, CancellationToken cancellationToken) => Do(() =>
    {
        foreach ((long id, string reason) in versions)
        {
            if (_versions.GetValueOrDefault(id) is { State: VersionState.Archiving } version && version.ArchiveError != reason)
            {
                version.ArchiveError = reason;
                Tell(HistoryEvent.ArchiveFailed, version, null, reason);
            }
        }
    });

    public Task SupersededAsync(long versionId, string reason, CancellationToken cancellationToken) => Do(() =>
    {
        if (_versions.GetValueOrDefault(versionId) is { } version)
        {
            End(version, VersionState.Superseded, HistoryEvent.Superseded, reason);
        }
    });

    public Task<HeldArchive?> HeldArchiveAsync(BytePath place, CancellationToken cancellationToken) => Done(() => _archives.GetValueOrDefault(place));

    public Task HoldArchiveAsync(string directory, BytePath place, BytePath processed, long sinceUnixNanoseconds, CancellationToken cancellationToken) =>
        Do(() => _archives.TryAdd(place, new HeldArchive(sinceUnixNanoseconds, null, null)));

    public Task LookedThroughArchiveAsync(BytePath place, DateTimeOffset at, DateTimeOffset? doubtedAt, CancellationToken cancellationToken) => Do(() =>
    {
        if (_archives.TryGetValue(place, out HeldArchive? held))
        {
            _archives[place] = held with { LookedAt = at, DoubtedAt = doubtedAt };
        }
    });

    private RecordOutcome Record(DirectoryRow directory, SeenFile file, long chunkSizeInBytes)
    {
        directory.Refused.Remove(file.Path);
        var outcome = RecordOutcome.New;
        foreach (VersionRow there in InPlace(directory.Name, file.Path).ToArray())
        {
            if (there.Version.Stamp.IsAs(file.Stamp))
            {
                there.Version = there.Version with { Stamp = file.Stamp };
                return RecordOutcome.Known;
            }

            if (there.State != VersionState.Archiving)
            {
                End(there, VersionState.Superseded, HistoryEvent.Superseded, "changed on the shore");
                outcome = RecordOutcome.Superseding;
            }
        }

        var version = new FileVersion { Id = _lastId + 1, Token = NewToken(), Directory = directory.Name, Path = file.Path, Stamp = file.Stamp, ChunkSizeInBytes = chunkSizeInBytes };
        var row = new VersionRow(version, directory);
        _versions.Add(++_lastId, row);
        directory.Takers.ForEach(vessel => Enlist([row], vessel));
        return outcome;
    }

    // Live, being archived or kept.
    private IEnumerable<VersionRow> InPlace(string directory, BytePath path) =>
        _versions.Values.Where(version => version.State <= VersionState.Kept && version.Directory.Name == directory && version.Version.Path == path);

    private bool HasYounger(VersionRow version) => InPlace(version.Directory.Name, version.Version.Path).Any(other => other.Version.Id > version.Version.Id);

    private static bool CanLeave(VersionRow version) => !version.IsMissing && version.Directory.Takers.Count > 0;

    private void End(VersionRow version, VersionState to, string word, string reason)
    {
        if (version.State > VersionState.Kept)
        {
            return;
        }

        (version.State, version.Place, version.FinishedAt) = (to, null, Now);
        foreach (DeliveryRow delivery in version.Deliveries.Values.Where(delivery => delivery.IsOpen))
        {
            Withdraw(delivery);
        }

        Tell(word, version, null, reason);
    }

    private void Tell(string word, VersionRow version, string? vessel, string? text) => _history.Add((Now, word, version, vessel, text));
}
