namespace ContentMonster.Ledger;

/// <summary>Withdrawal of what a vessel is no longer to get, and of what lies in a directory that left the settings. Versions stay, or are gone.</summary>
internal static class Discharging
{
    // Without retry times the deliveries of a vessel are one range of one index.
    private const string DueAtOnce = "update delivery set retry_at = null where vessel = ?1 and state < 3 and retry_at is not null";

    // total() and not sum(), which fails where the sum is no 64 bit number.
    private const string Sum = $"""
        select count(*), cast(total(bytes_left) as integer) from delivery where {OfVesselAndDirectory}
        """;

    private const string LeaveLitter = $"""
        insert or ignore into litter (vessel, part) select vessel, part from delivery where {OfVesselAndDirectory} and state in (1, 2) and part is not null
        """;

    private const string ForgetChunks = $"""
        delete from chunk where vessel = ?1 and version in (select version from delivery where {OfVesselAndDirectory} and state in (1, 2))
        """;

    private const string NoLongerMissing = $"update version set missing = missing - 1 where id in (select version from delivery where {OfVesselAndDirectory})";

    private const string Withdraw = $"update delivery set state = 4, part = null where {OfVesselAndDirectory}";

    private const string OfVesselAndDirectory = """
        vessel = ?1 and state < 3 and retry_at is null and exists (select 1 from version v where v.id = delivery.version and v.directory = ?2)
        """;

    private const string InPlace = "select id, state from version where directory = ?1 and state in (0, 2) and state <= 2";

    public static (long Files, long Bytes) Discharge(LedgerConnection connection, long directoryId, long vesselId)
    {
        int due = connection.Execute(DueAtOnce, vesselId);
        (long Files, long Bytes) withdrawn = connection.First(Sum, static row => (row.GetInt64(0), row.GetInt64(1)), vesselId, directoryId);
        connection.Execute(LeaveLitter, vesselId, directoryId);
        connection.Execute(ForgetChunks, vesselId, directoryId);
        connection.Execute(NoLongerMissing, vesselId, directoryId);
        connection.Execute(Withdraw, vesselId, directoryId);
        Sums.Book(connection, vesselId, new(-withdrawn.Files, -withdrawn.Bytes, -due));
        return withdrawn;
    }

    /// <summary>Returns how many live versions were withdrawn.</summary>
    public static long Close(LedgerConnection connection, long directoryId, DateTimeOffset now)
    {
        long live = 0;
        foreach ((long id, VersionState state) in connection.Rows(InPlace, static row => (row.GetInt64(0), (VersionState)row.GetInt32(1)), directoryId))
        {
            Ending.End(connection, id, VersionState.Gone, HistoryEvent.Gone, "its directory left the settings", now);
            live += state == VersionState.Live ? 1 : 0;
        }

        return live;
    }
}
