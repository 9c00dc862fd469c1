using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>
/// The durable record of versions, deliveries, chunks and history. What a method did is on disk when its task completes. All methods may be
/// called from any task; writes that come together share one transaction's commit. One daemon at a time owns a ledger.
/// </summary>
internal interface ILedger : IAsyncDisposable
{
    /// <summary>128 random bits made with the ledger, 32 hex digits.</summary>
    string ShoreId { get; }

    /// <summary>How long what is being written now has taken; zero: nothing is. Waits for nothing.</summary>
    TimeSpan WritesFor { get; }

    /// <summary>
    /// Puts the settings in force: new directories and vessels, deliveries of what is still in place for a vessel that newly takes a
    /// directory, withdrawal for vessels and directories that are gone or no longer taken. Tells what was withdrawn so that it can be said aloud.
    /// </summary>
    Task<Declaration> DeclareAsync(IReadOnlyList<DeclaredDirectory> directories, IReadOnlyList<string> vessels, CancellationToken cancellationToken);

    // --- Watching ---

    /// <summary>For each file, whether exactly this stamp is already recorded and live (or kept in place when complete): nothing to do then.</summary>
    Task<bool[]> KnownAsync(string directory, IReadOnlyList<SeenFile> files, CancellationToken cancellationToken);

    /// <summary>
    /// Records settled files. A stamp that is live changes nothing; another stamp at the same path is a new version that supersedes the old
    /// (its deliveries withdrawn, its unfinished files noted as litter). Clears a refusal of the path. Deliveries are made for all takers.
    /// </summary>
    Task<IReadOnlyList<RecordOutcome>> RecordAsync(string directory, IReadOnlyList<SeenFile> files, long chunkSizeInBytes, CancellationToken cancellationToken);

    /// <summary>Files that are no longer on the shore: their live versions are withdrawn (not those being archived). Returns how many were.</summary>
    Task<int> WithdrawAsync(string directory, IReadOnlyList<BytePath> paths, string reason, CancellationToken cancellationToken);

    /// <summary>Live paths of a directory in bytewise order after <paramref name="after"/> (null: from the start), for comparing with a scan.</summary>
    Task<IReadOnlyList<BytePath>> LivePathsAsync(string directory, BytePath? after, int count, CancellationToken cancellationToken);

    /// <summary>What some vessel still lacks of a directory, by number after <paramref name="afterId"/> (0: from the start), oldest first.</summary>
    Task<IReadOnlyList<(long Id, BytePath Path)>> WaitingPathsAsync(string directory, long afterId, int count, CancellationToken cancellationToken);

    /// <summary>For each path the device (st_dev) that its live version was recorded on; null: none is live there.</summary>
    Task<IReadOnlyList<long?>> DevicesAsync(string directory, IReadOnlyList<BytePath> paths, CancellationToken cancellationToken);

    /// <summary>Notes that something in a directory is not sent, and why. A path has one reason, the last. Returns true if it is new or another reason.</summary>
    Task<bool> RefuseAsync(string directory, BytePath path, string reason, CancellationToken cancellationToken);

    /// <summary>Forgets a refusal.</summary>
    Task AdmitAsync(string directory, BytePath path, CancellationToken cancellationToken);

    /// <summary>Paths refused so far in a directory, in bytewise order after <paramref name="after"/>.</summary>
    Task<IReadOnlyList<BytePath>> RefusedPathsAsync(string directory, BytePath? after, int count, CancellationToken cancellationToken);

    // --- Delivering ---

    /// <summary>
    /// Deliveries of a vessel that may be worked on now, higher priority first, then older first, without those in <paramref name="active"/> (version ids)
    /// and without those whose retry time is to come. Those in state Sending or Publishing carry their part and chunks.
    /// </summary>
    /// <param name="vessel">Its name in the settings.</param>
    /// <param name="count">Deliveries wanted at the most.</param>
    /// <param name="active">Version ids to leave out.</param>
    /// <param name="big">Only those that are not small (<see cref="FileVersion.IsSmall"/>), or only the others: a small file never waits behind a queue of larger ones.</param>
    /// <param name="cancellationToken">Ends the wait, not the work begun.</param>
    Task<IReadOnlyList<Delivery>> QueueAsync(string vessel, int count, IReadOnlySet<long> active, bool big, CancellationToken cancellationToken);

    /// <summary>When the next stepped-back delivery of the vessel may be tried again; null: there is none.</summary>
    Task<DateTimeOffset?> NextRetryAsync(string vessel, CancellationToken cancellationToken);

    /// <summary>Books the hashes of a version; null: those of its chunks were not computed, and what is known of them stays.</summary>
    Task HashedAsync(long versionId, byte[] sha256, byte[]? chunkHashes, CancellationToken cancellationToken);

    /// <summary>Waiting to Sending with the name of the unfinished file, before it is made. Returns the version ids that are no longer wanted (nothing was booked for them).</summary>
    Task<IReadOnlySet<long>> StartAsync(string vessel, IReadOnlyList<(long VersionId, BytePath Part)> started, CancellationToken cancellationToken);

    /// <summary>Whether a version is to be delivered to the vessel yet: neither published there nor withdrawn.</summary>
    Task<bool> IsWantedAsync(string vessel, long versionId, CancellationToken cancellationToken);

    /// <summary>Saves how far chunks have come (upsert by number).</summary>
    Task SaveProgressAsync(string vessel, long versionId, IReadOnlyList<ChunkProgress> chunks, CancellationToken cancellationToken);

    /// <summary>Forgets part and chunks: back to Waiting, the part noted as litter.</summary>
    Task RestartAsync(string vessel, long versionId, CancellationToken cancellationToken);

    /// <summary>Sending to Publishing, before the rename is sent. Returns the version ids that are no longer wanted.</summary>
    Task<IReadOnlySet<long>> PublishingAsync(string vessel, IReadOnlyList<long> versionIds, CancellationToken cancellationToken);

    /// <summary>Whether the path had another version of the same size and, in whole seconds, the same time: without a hash nothing tells them apart on a vessel.</summary>
    Task<bool> HasLookalikeAsync(long versionId, CancellationToken cancellationToken);

    /// <summary>Any unfinished state to Published; chunks forgotten, history written.</summary>
    Task PublishedAsync(IReadOnlyList<PublishedDelivery> published, CancellationToken cancellationToken);

    /// <summary>Counts a failure of one file on one vessel and steps it back until <paramref name="retryAt"/>. Its state, part and chunks stay.</summary>
    Task FailedAsync(string vessel, long versionId, FailureKind kind, string message, DateTimeOffset retryAt, CancellationToken cancellationToken);

    /// <summary>Steps back files that were not even tried, because others of their place failed: their failures are not counted.</summary>
    Task PostponeAsync(string vessel, IReadOnlyList<long> versionIds, FailureKind kind, string message, DateTimeOffset retryAt, CancellationToken cancellationToken);

    /// <summary>Makes stepped-back deliveries of a vessel (null: of all) due at once.</summary>
    Task RetryNowAsync(string? vessel, CancellationToken cancellationToken);

    /// <summary>Unfinished files on a vessel that nobody needs any more, oldest first; without those of <see cref="LeftBehindAsync"/>.</summary>
    Task<IReadOnlyList<BytePath>> LitterAsync(string vessel, int count, CancellationToken cancellationToken);

    /// <summary>
    /// The same in folders that the settings name no more: those may be out of reach for good, and nothing else waits for them. Without what an unfinished
    /// delivery still has by its id: the folder may be the one in force, by another name.
    /// </summary>
    Task<IReadOnlyList<BytePath>> LeftBehindAsync(string vessel, int count, CancellationToken cancellationToken);

    /// <summary>A file of no delivery may be there soon, and be left behind: booked before it is made. Booking it again changes nothing.</summary>
    Task LitteredAsync(string vessel, BytePath part, CancellationToken cancellationToken);

    /// <summary>
    /// From now on the vessel's unfinished files lie in this folder (null: beside their destinations). Where it was another before, what may lie there is
    /// noted as left behind: exact names, of what is unfinished now.
    /// </summary>
    Task SetTempFolderAsync(string vessel, BytePath? folder, CancellationToken cancellationToken);

    /// <summary>These are gone from the vessel.</summary>
    Task SweptAsync(string vessel, IReadOnlyList<BytePath> parts, CancellationToken cancellationToken);

    /// <summary>Books what is known of a vessel for `status` without a daemon: state word, last error, next attempt.</summary>
    Task NoteVesselAsync(string vessel, VesselNote note, CancellationToken cancellationToken);

    // --- Archiving ---

    /// <summary>Live versions with at least one taker and published on all, oldest first, after version id <paramref name="after"/>.</summary>
    Task<IReadOnlyList<FileVersion>> CompleteAsync(string directory, long after, int count, CancellationToken cancellationToken);

    /// <summary>Books "archiving" with the place it is about to take, relative to Location (null: it is to be deleted or kept).</summary>
    Task ArchivingAsync(IReadOnlyList<(long VersionId, BytePath? Place)> versions, CancellationToken cancellationToken);

    /// <summary>Versions booked as archiving and not yet as archived, with their place: to be settled by looking, after a crash.</summary>
    Task<IReadOnlyList<(FileVersion Version, BytePath? Place)>> UnderArchivingAsync(string directory, CancellationToken cancellationToken);

    /// <summary>Archiving to its end: moved, deleted or kept in place.</summary>
    Task ArchivedAsync(IReadOnlyList<(long VersionId, ArchiveEnd End)> versions, CancellationToken cancellationToken);

    /// <summary>Archiving back to live: it will be tried again.</summary>
    Task ArchiveFailedAsync(long versionId, string reason, CancellationToken cancellationToken);

    /// <summary>Stays booked as archiving, and why: it cannot be looked for, or made durable.</summary>
    Task ArchiveHeldUpAsync(IReadOnlyList<(long VersionId, string Reason)> versions, CancellationToken cancellationToken);

    /// <summary>Archiving or live to superseded: what lies at its path is not the version that was sent.</summary>
    Task SupersededAsync(long versionId, string reason, CancellationToken cancellationToken);

    /// <summary>Since when the archive at this place (its whole path) is ours; null: it is not.</summary>
    Task<HeldArchive?> HeldArchiveAsync(BytePath place, CancellationToken cancellationToken);

    /// <summary>
    /// From now on the archive is ours, and what was changed after the given time is what came there since; booked before the first file is moved there.
    /// One that is ours stays so since when it was, whatever its directory is called now, until the settings in force name it no more. Where a ledger of before
    /// this was noted knows of files moved there, it is ours since the oldest of them.
    /// </summary>
    Task HoldArchiveAsync(string directory, BytePath place, BytePath processed, long sinceUnixNanoseconds, CancellationToken cancellationToken);

    /// <summary>Notes the clock at a look through an archive, and since when that clock is not believed.</summary>
    Task LookedThroughArchiveAsync(BytePath place, DateTimeOffset at, DateTimeOffset? doubtedAt, CancellationToken cancellationToken);

    // --- Reports and upkeep ---

    Task<LedgerTotals> TotalsAsync(CancellationToken cancellationToken);

    /// <summary>Files not yet everywhere, oldest first: what is missing where.</summary>
    Task<IReadOnlyList<MissingFile>> MissingAsync(int count, CancellationToken cancellationToken);

    Task<IReadOnlyList<RefusedFile>> RefusedAsync(int count, CancellationToken cancellationToken);

    Task<Unarchived> UnarchivedAsync(int count, CancellationToken cancellationToken);

    Task<IReadOnlyList<HistoryEntry>> HistoryAsync(int count, CancellationToken cancellationToken);

    /// <summary>Removes history, and finished versions, older than the given time. In small steps.</summary>
    Task PruneAsync(DateTimeOffset before, CancellationToken cancellationToken);

    /// <summary>Whether a database of the Python program was imported.</summary>
    Task<bool> WasImportedAsync(CancellationToken cancellationToken);

    /// <summary>Notes that the database of the Python program at this path was imported; false: it was before.</summary>
    Task<bool> ImportAsync(string source, CancellationToken cancellationToken);

    /// <summary>Marks a clean stop; called last.</summary>
    Task CloseCleanlyAsync(CancellationToken cancellationToken);
}
