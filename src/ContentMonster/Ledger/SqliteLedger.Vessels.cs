using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <content>What the vessels' side asks: the queue, and how far deliveries have come.</content>
internal sealed partial class SqliteLedger
{
    public async Task<IReadOnlyList<Delivery>> QueueAsync(string vessel, int count, IReadOnlySet<long> active, bool big, CancellationToken cancellationToken)
    {
        await NoticeClockAsync(cancellationToken).ConfigureAwait(false);
        (bool anyToPromote, List<Delivery> queue) = await _reads.ReadAsync(
            connection => Queueing.AnyToPromote(connection, vessel, Now) ? (true, []) : (false, Queueing.Next(connection, vessel, count, active, big)),
            cancellationToken).ConfigureAwait(false);
        if (!anyToPromote)
        {
            return queue;
        }

        await _writer.WriteAsync(connection => Queueing.Promote(connection, vessel, Now), cancellationToken).ConfigureAwait(false);
        return await _reads.ReadAsync(connection => Queueing.Next(connection, vessel, count, active, big), cancellationToken).ConfigureAwait(false);
    }

    public Task<DateTimeOffset?> NextRetryAsync(string vessel, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Queueing.NextRetry(connection, vessel), cancellationToken);

    public Task HashedAsync(long versionId, byte[] sha256, byte[]? chunkHashes, CancellationToken cancellationToken) =>
        WriteAsync(connection => Sending.Hashed(connection, versionId, sha256, chunkHashes), cancellationToken);

    public Task<IReadOnlySet<long>> StartAsync(
        string vessel, IReadOnlyList<(long VersionId, BytePath Part)> started, CancellationToken cancellationToken) =>
        _writer.WriteAsync(connection => Sending.Begin(connection, vessel, started), cancellationToken);

    public Task SaveProgressAsync(string vessel, long versionId, IReadOnlyList<ChunkProgress> chunks, CancellationToken cancellationToken) =>
        WriteAsync(connection => Sending.SaveProgress(connection, vessel, versionId, chunks), cancellationToken);

    public Task RestartAsync(string vessel, long versionId, CancellationToken cancellationToken) =>
        WriteAsync(connection => Sending.Restart(connection, vessel, versionId), cancellationToken);

    public Task<IReadOnlySet<long>> PublishingAsync(string vessel, IReadOnlyList<long> versionIds, CancellationToken cancellationToken) =>
        _writer.WriteAsync(connection => Sending.Publishing(connection, vessel, versionIds), cancellationToken);

    public Task<bool> IsWantedAsync(string vessel, long versionId, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Sending.IsWanted(connection, vessel, versionId), cancellationToken);

    public Task<bool> HasLookalikeAsync(long versionId, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Sending.HasLookalike(connection, versionId), cancellationToken);

    public Task PublishedAsync(IReadOnlyList<PublishedDelivery> published, CancellationToken cancellationToken) =>
        WriteAsync(connection => Settling.Published(connection, published, Now), cancellationToken);

    public Task FailedAsync(
        string vessel, long versionId, FailureKind kind, string message, DateTimeOffset retryAt, CancellationToken cancellationToken) =>
        WriteAsync(connection => Settling.Failed(connection, vessel, versionId, kind, message, retryAt, Now), cancellationToken);

    public Task PostponeAsync(
        string vessel, IReadOnlyList<long> versionIds, FailureKind kind, string message, DateTimeOffset retryAt, CancellationToken cancellationToken) =>
        WriteAsync(connection => Settling.Postpone(connection, vessel, versionIds, kind, message, retryAt, Now), cancellationToken);

    public Task RetryNowAsync(string? vessel, CancellationToken cancellationToken) =>
        WriteAsync(connection => Settling.RetryNow(connection, vessel), cancellationToken);

    public Task<IReadOnlyList<BytePath>> LitterAsync(string vessel, int count, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Sweeping.Litter(connection, vessel, count), cancellationToken);

    public Task<IReadOnlyList<BytePath>> LeftBehindAsync(string vessel, int count, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Sweeping.LeftBehind(connection, vessel, count), cancellationToken);

    public Task LitteredAsync(string vessel, BytePath part, CancellationToken cancellationToken) =>
        WriteAsync(connection => Sweeping.Littered(connection, vessel, part), cancellationToken);

    public async Task SetTempFolderAsync(string vessel, BytePath? folder, CancellationToken cancellationToken)
    {
        // Said at every start: that must not cost a commit.
        if (await _reads.ReadAsync(connection => Sweeping.TempFolder(connection, vessel), cancellationToken).ConfigureAwait(false) != folder)
        {
            await WriteAsync(connection => Sweeping.SetTempFolder(connection, vessel, folder), cancellationToken).ConfigureAwait(false);
        }
    }

    public Task SweptAsync(string vessel, IReadOnlyList<BytePath> parts, CancellationToken cancellationToken) =>
        WriteAsync(connection => Sweeping.Swept(connection, vessel, parts), cancellationToken);

    public Task NoteVesselAsync(string vessel, VesselNote note, CancellationToken cancellationToken) =>
        WriteAsync(connection => Noting.Vessel(connection, vessel, note), cancellationToken);

    private async Task NoticeClockAsync(CancellationToken cancellationToken)
    {
        long now = Now.UtcTicks;
        long latest = Interlocked.Read(ref _latest);
        if (Interlocked.CompareExchange(ref _latest, now, latest) == latest && latest - now > ToleratedClockJump.Ticks)
        {
            _log.ClockPutBack(TimeSpan.FromTicks(latest - now));
            await _writer.WriteAsync(
                connection =>
                {
                    Settling.RetryWhatFailedAfter(connection, Now);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
    }
}
