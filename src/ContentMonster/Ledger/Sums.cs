namespace ContentMonster.Ledger;

/// <summary>
/// What is counted as it changes, so that `status` costs the same for one file as for a million. Whoever changes a version or a delivery counts it here in
/// the same transaction, for many files at once where it can. Refusals are counted by triggers in Migrations/.
/// </summary>
internal sealed class Sums(LedgerConnection connection)
{
    private const string Live = "update shore set live_files = live_files + ?1";

    private const string Archived = "update shore set archived_files = archived_files + ?1";

    private const string Change = """
        update vessel set waiting_files = waiting_files + ?2, waiting_bytes = waiting_bytes + ?3, stepped_back_files = stepped_back_files + ?4,
            published_files = published_files + ?5, unverified_files = unverified_files + ?6
        where id = ?1
        """;

    private readonly Dictionary<long, VesselChange> _changes = [];

    /// <summary>So many versions more are live; negative: fewer.</summary>
    public static void AddLive(LedgerConnection connection, long versions)
    {
        if (versions != 0)
        {
            connection.Execute(Live, versions);
        }
    }

    /// <summary>So many more were archived: moved, deleted or kept.</summary>
    public static void AddArchived(LedgerConnection connection, long versions)
    {
        if (versions != 0)
        {
            connection.Execute(Archived, versions);
        }
    }

    public static void Book(LedgerConnection connection, long vessel, VesselChange change)
    {
        if (change != default)
        {
            connection.Execute(Change, vessel, change.WaitingFiles, change.WaitingBytes, change.SteppedBackFiles, change.PublishedFiles, change.UnverifiedFiles);
        }
    }

    /// <summary>Counted when it is booked.</summary>
    public void Add(long vessel, VesselChange change)
    {
        VesselChange before = _changes.GetValueOrDefault(vessel);

        // Sparse files can have more bytes together than a number of ours holds: SQLite counts on with one that is rounded.
        if (Int128.Abs((Int128)before.WaitingBytes + change.WaitingBytes) > long.MaxValue)
        {
            Book(connection, vessel, before);
            before = default;
        }

        _changes[vessel] = new VesselChange(
            before.WaitingFiles + change.WaitingFiles,
            before.WaitingBytes + change.WaitingBytes,
            before.SteppedBackFiles + change.SteppedBackFiles,
            before.PublishedFiles + change.PublishedFiles,
            before.UnverifiedFiles + change.UnverifiedFiles);
    }

    public void Book()
    {
        foreach ((long vessel, VesselChange change) in _changes)
        {
            Book(connection, vessel, change);
        }

        _changes.Clear();
    }
}
