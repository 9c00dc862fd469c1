using ContentMonster.Ledger;
using ContentMonster.Model;

namespace ContentMonster.Tests.Support;

/// <summary>What Watching needs of a ledger, in memory. Waits end when something changes and the condition holds.</summary>
internal sealed class MemoryLedger : ILedger
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private readonly Lock _gate = new();
    private readonly SortedDictionary<BytePath, FileStamp> _live = [];
    private readonly SortedDictionary<BytePath, string> _refused = [];
    private readonly List<BytePath> _versions = [];
    private readonly List<(Func<bool> Holds, TaskCompletionSource Told)> _waiting = [];

    public string ShoreId => new('0', 32);

    public TimeSpan WritesFor { get; set; }

    /// <summary>While it is taken, RecordAsync waits.</summary>
    public SemaphoreSlim RecordGate { get; } = new(1);

    public int Recordings { get; private set; }

    public int LargestBatch { get; private set; }

    public IReadOnlyList<string> Live
    {
        get
        {
            lock (_gate)
            {
                return [.. _live.Keys.Select(path => path.ToString())];
            }
        }
    }

    public IReadOnlyDictionary<string, string> Refused
    {
        get
        {
            lock (_gate)
            {
                return _refused.ToDictionary(one => one.Key.ToString(), one => one.Value, StringComparer.Ordinal);
            }
        }
    }

    public FileStamp? StampOf(string path)
    {
        lock (_gate)
        {
            return _live.TryGetValue(BytePath.FromText(path), out FileStamp stamp) ? stamp : null;
        }
    }

    public int VersionsOf(string path)
    {
        lock (_gate)
        {
            return _versions.Count(one => one == BytePath.FromText(path));
        }
    }

    public bool Has(BytePath path)
    {
        lock (_gate)
        {
            return _live.ContainsKey(path);
        }
    }

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _live.Count;
            }
        }
    }

    public Task UntilAsync(Func<bool> holds)
    {
        lock (_gate)
        {
            if (holds())
            {
                return Task.CompletedTask;
            }

            var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((holds, told));
            return told.Task.WaitAsync(Deadline, TimeProvider.System);
        }
    }

    public Task<bool[]> KnownAsync(string directory, IReadOnlyList<SeenFile> files, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<bool[]>([.. files.Select(file => _live.TryGetValue(file.Path, out FileStamp stamp) && stamp == file.Stamp)]);
        }
    }

    public async Task<IReadOnlyList<RecordOutcome>> RecordAsync(string directory, IReadOnlyList<SeenFile> files, long chunkSizeInBytes, CancellationToken cancellationToken)
    {
        await RecordGate.WaitAsync(cancellationToken);
        RecordGate.Release();
        lock (_gate)
        {
            Recordings++;
            LargestBatch = Math.Max(LargestBatch, files.Count);
            return Changed(() => files.Select(Record).ToList());
        }
    }

    public Task<int> WithdrawAsync(string directory, IReadOnlyList<BytePath> paths, string reason, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(Changed(() => paths.Count(_live.Remove)));
        }
    }

    public Task<IReadOnlyList<BytePath>> LivePathsAsync(string directory, BytePath? after, int count, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<BytePath>>([.. _live.Keys.Where(path => after is null || path > after.Value).Take(count)]);
        }
    }

    public Task<IReadOnlyList<(long Id, BytePath Path)>> WaitingPathsAsync(string directory, long afterId, int count, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<(long, BytePath)>>([.. _live.Keys.Select(static (path, at) => (at + 1L, path)).Where(one => one.Item1 > afterId).Take(count)]);
        }
    }

    public Task<IReadOnlyList<long?>> DevicesAsync(string directory, IReadOnlyList<BytePath> paths, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<long?>>([.. paths.Select(path => _live.TryGetValue(path, out FileStamp stamp) ? stamp.Device : (long?)null)]);
        }
    }

    public Task<bool> RefuseAsync(string directory, BytePath path, string reason, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            bool fresh = !_refused.TryGetValue(path, out string? before) || before != reason;
            return Task.FromResult(Changed(() =>
            {
                _refused[path] = reason;
                return fresh;
            }));
        }
    }

    public Task AdmitAsync(string directory, BytePath path, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Changed(() => _refused.Remove(path));
            return Task.CompletedTask;
        }
    }

    public Task<IReadOnlyList<BytePath>> RefusedPathsAsync(string directory, BytePath? after, int count, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<BytePath>>([.. _refused.Keys.Where(path => after is null || path > after.Value).Take(count)]);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private RecordOutcome Record(SeenFile file)
    {
        bool was = _live.TryGetValue(file.Path, out FileStamp before);
        if (was && before.IsAs(file.Stamp))
        {
            _live[file.Path] = file.Stamp;
            return RecordOutcome.Known;
        }

        _live[file.Path] = file.Stamp;
        _refused.Remove(file.Path);
        _versions.Add(file.Path);
        return was ? RecordOutcome.Superseding : RecordOutcome.New;
    }

    private T Changed<T>(Func<T> change)
    {
        T result = change();
        foreach ((Func<bool> Holds, TaskCompletionSource Told) waiter in _waiting.Where(one => one.Holds()).ToList())
        {
            _waiting.Remove(waiter);
            waiter.Told.SetResult();
        }

        return result;
    }

    public Task<Declaration> DeclareAsync(IReadOnlyList<DeclaredDirectory> directories, IReadOnlyList<string> vessels, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Delivery>> QueueAsync(string vessel, int count, IReadOnlySet<long> active, bool big, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<DateTimeOffset?> NextRetryAsync(string vessel, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task HashedAsync(long versionId, byte[] sha256, byte[]? chunkHashes, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlySet<long>> StartAsync(string vessel, IReadOnlyList<(long VersionId, BytePath Part)> started, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SaveProgressAsync(string vessel, long versionId, IReadOnlyList<ChunkProgress> chunks, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RestartAsync(string vessel, long versionId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> IsWantedAsync(string vessel, long versionId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> HasLookalikeAsync(long versionId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlySet<long>> PublishingAsync(string vessel, IReadOnlyList<long> versionIds, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task PublishedAsync(IReadOnlyList<PublishedDelivery> published, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task FailedAsync(string vessel, long versionId, FailureKind kind, string message, DateTimeOffset retryAt, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task PostponeAsync(string vessel, IReadOnlyList<long> versionIds, FailureKind kind, string message, DateTimeOffset retryAt, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RetryNowAsync(string? vessel, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<BytePath>> LitterAsync(string vessel, int count, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task LitteredAsync(string vessel, BytePath part, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<BytePath>> LeftBehindAsync(string vessel, int count, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SetTempFolderAsync(string vessel, BytePath? folder, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SweptAsync(string vessel, IReadOnlyList<BytePath> parts, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task NoteVesselAsync(string vessel, VesselNote note, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<FileVersion>> CompleteAsync(string directory, long after, int count, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ArchivingAsync(IReadOnlyList<(long VersionId, BytePath? Place)> versions, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<(FileVersion Version, BytePath? Place)>> UnderArchivingAsync(string directory, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ArchivedAsync(IReadOnlyList<(long VersionId, ArchiveEnd End)> versions, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ArchiveFailedAsync(long versionId, string reason, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ArchiveHeldUpAsync(IReadOnlyList<(long VersionId, string Reason)> versions, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SupersededAsync(long versionId, string reason, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<HeldArchive?> HeldArchiveAsync(BytePath place, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task HoldArchiveAsync(string directory, BytePath place, BytePath processed, long sinceUnixNanoseconds, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task LookedThroughArchiveAsync(BytePath place, DateTimeOffset at, DateTimeOffset? doubtedAt, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<LedgerTotals> TotalsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<MissingFile>> MissingAsync(int count, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<RefusedFile>> RefusedAsync(int count, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Unarchived> UnarchivedAsync(int count, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<HistoryEntry>> HistoryAsync(int count, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task PruneAsync(DateTimeOffset before, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> WasImportedAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> ImportAsync(string source, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task CloseCleanlyAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
}
