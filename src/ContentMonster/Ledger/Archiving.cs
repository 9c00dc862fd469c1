using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>What is published everywhere leaves its place, in steps that a crash may part.</summary>
internal static class Archiving
{
    private const string Complete = $"""
        select {Columns.OfVersion} from version v indexed by version_complete
        join directory d on d.id = v.directory left join version_hash h on h.version = v.id
        where v.directory = ?1 and v.id > ?2 and v.state = 0 and v.missing = 0 and exists (select 1 from taker where directory = ?1)
        order by v.id limit ?3
        """;

    private const string Begin = """
        update version set state = 1, place = ?2
        where id = ?1 and missing = 0 and state = 0 and exists (select 1 from taker where directory = version.directory)
        """;

    // A version may be booked again with another place: the first was taken.
    private const string BeginAgain = "update version set place = ?2 where id = ?1 and missing = 0 and state = 1";

    private const string Under = $"""
        select {Columns.OfVersion}, v.place from version v indexed by version_archiving
        join directory d on d.id = v.directory left join version_hash h on h.version = v.id
        where v.directory = ?1 and v.state = 1 order by v.id
        """;

    private const string PlaceOf = "select place from version where id = ?1 and state = 1";

    private const string Finish = "update version set state = ?2, finished_at = ?3, archive_error = null, kept = max(kept, ?2 = 2) where id = ?1";

    // A single one is left: its row would have to be written again for 32 bytes.
    private const string ForgetChunkHashes = "update version_hash set chunk_hashes = null where version = ?1 and length(chunk_hashes) > 32";

    private const string HasYounger = """
        select exists (select 1 from version old join version young on young.directory = old.directory and young.path = old.path and young.state <= 2
                       where old.id = ?1 and young.id > old.id)
        """;

    private const string BackToLive = "update version set state = 0, place = null where id = ?1 and state = 1";

    private const string NoteHeldUp = "update version set archive_error = ?2 where id = ?1 and state = 1 and archive_error is not ?2";

    private const string NoteFailure = "update version set archive_error = ?2 where id = ?1 and archive_error is not ?2";

    public static IReadOnlyList<FileVersion> CompleteAfter(LedgerConnection connection, string directory, long after, int count) =>
        Names.Directory(connection, directory) is { } id ? connection.Rows(Complete, Columns.Version, id, after, count) : [];

    public static void Book(LedgerConnection connection, IReadOnlyList<(long VersionId, BytePath? Place)> versions)
    {
        long begun = 0;
        foreach ((long version, BytePath? place) in versions)
        {
            if (connection.Execute(Begin, version, place?.Bytes) == 1)
            {
                begun++;
            }
            else if (connection.Execute(BeginAgain, version, place?.Bytes) == 0)
            {
                throw new LedgerStateException(
                    $"Could not book {versions.Count} versions as being archived, because version {version} is no longer complete. Nothing was booked: ask again what is.");
            }
        }

        Sums.AddLive(connection, -begun);
    }

    public static IReadOnlyList<(FileVersion Version, BytePath? Place)> Unsettled(LedgerConnection connection, string directory) =>
        Names.Directory(connection, directory) is { } id
            ? connection.Rows(Under, static row => (Columns.Version(row), Columns.MaybePath(row, Columns.VersionCount)), id)
            : [];

    public static void Archived(LedgerConnection connection, IReadOnlyList<(long VersionId, ArchiveEnd End)> versions, DateTimeOffset now)
    {
        long archived = 0;
        foreach ((long version, ArchiveEnd end) in versions)
        {
            List<BytePath?> booked = connection.Rows(PlaceOf, static row => Columns.MaybePath(row, 0), version);
            if (booked.Count == 0)
            {
                continue;
            }

            VersionState to = StateOf(end);
            bool isOvertaken = to == VersionState.Kept && connection.Number(HasYounger, version) == 1;
            connection.Execute(Finish, version, (int)(isOvertaken ? VersionState.Superseded : to), now.ToUnixTimeMilliseconds());
            archived += isOvertaken ? 0 : 1;

            if (to != VersionState.Kept || isOvertaken)
            {
                connection.Execute(ForgetChunkHashes, version);
            }

            HistoryEvent.Write(connection, now, HistoryEvent.Archived, version, null, Words(end, booked[0]));
            if (to == VersionState.Kept && !isOvertaken)
            {
                // A vessel may have come into the settings while it was being archived; the file is still there for it.
                Enlisting.AddMissing(connection, version);
            }
        }

        Sums.AddArchived(connection, archived);
    }

    public static void Failed(LedgerConnection connection, long versionId, string reason, DateTimeOffset now)
    {
        if (connection.Number(HasYounger, versionId) == 1)
        {
            Ending.End(connection, versionId, VersionState.Superseded, HistoryEvent.Superseded, reason, now);
            return;
        }

        if (connection.Execute(BackToLive, versionId) == 0)
        {
            return;
        }

        Sums.AddLive(connection, 1);
        if (connection.Execute(NoteFailure, versionId, reason) == 1)
        {
            HistoryEvent.Write(connection, now, HistoryEvent.ArchiveFailed, versionId, null, reason);
        }

        // A vessel may have come into the settings meanwhile.
        Enlisting.AddMissing(connection, versionId);
    }

    public static void HeldUp(LedgerConnection connection, IReadOnlyList<(long VersionId, string Reason)> versions, DateTimeOffset now)
    {
        foreach ((long version, string reason) in versions)
        {
            if (connection.Execute(NoteHeldUp, version, reason) == 1)
            {
                HistoryEvent.Write(connection, now, HistoryEvent.ArchiveFailed, version, null, reason);
            }
        }
    }

    private static VersionState StateOf(ArchiveEnd end) => end switch
    {
        ArchiveEnd.Moved => VersionState.Moved,
        ArchiveEnd.Deleted => VersionState.Deleted,
        _ => VersionState.Kept,
    };

    private static string Words(ArchiveEnd end, BytePath? place) => end switch
    {
        ArchiveEnd.Moved => $"moved to {place}",
        ArchiveEnd.Deleted => "deleted",
        _ => "kept in place",
    };
}
