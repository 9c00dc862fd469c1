using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>Deliveries of what is still in place, for a vessel that newly (or again) takes a directory.</summary>
internal static class Enlisting
{
    // A kept version goes live again when a vessel lacks it; one that is being archived is settled first.
    private const string Revive = """
        update version set state = 0, finished_at = null
        where directory = ?1 and state = 2 and state <= 2
            and not exists (select 1 from delivery where version = version.id and vessel = ?2 and state = 3)
        """;

    // total() and not sum(), which fails where the sum is no 64 bit number.
    private const string Sum = """
        select count(*), cast(total(v.size) as integer) from version v
        where v.directory = ?1 and v.state = 0 and v.state <= 2
            and not exists (select 1 from delivery d where d.version = v.id and d.vessel = ?2 and d.state <> 4)
        """;

    private const string WaitAgain = """
        update delivery set state = 0, bytes_left = (select size from version where id = delivery.version),
            priority = (select priority from directory where id = ?1), failures = 0, kind = null, error = null, error_at = null
        where vessel = ?2 and state = 4 and version in (select id from version where directory = ?1 and state = 0 and state <= 2)
        """;

    private const string CountMissing = """
        update version set missing = missing + 1
        where directory = ?1 and state = 0 and state <= 2
            and not exists (select 1 from delivery d where d.version = version.id and d.vessel = ?2 and d.state <> 4)
        """;

    private const string Add = """
        insert into delivery (version, vessel, priority, big, bytes_left)
        select v.id, ?2, d.priority, v.size > min(v.chunk_size, ?3), v.size from version v join directory d on d.id = v.directory
        where v.directory = ?1 and v.state = 0 and v.state <= 2
            and not exists (select 1 from delivery where version = v.id and vessel = ?2)
        """;

    private const string LackingVessels = """
        select t.directory, t.vessel from version v join taker t on t.directory = v.directory
        where v.id = ?1 and not exists (select 1 from delivery d where d.version = v.id and d.vessel = t.vessel and d.state <> 4)
        """;

    public static (long Files, long Bytes) Enlist(LedgerConnection connection, long directoryId, long vesselId)
    {
        Sums.AddLive(connection, connection.Execute(Revive, directoryId, vesselId));
        (long Files, long Bytes) added = connection.First(Sum, static row => (row.GetInt64(0), row.GetInt64(1)), directoryId, vesselId);
        connection.Execute(CountMissing, directoryId, vesselId);
        connection.Execute(WaitAgain, directoryId, vesselId);
        connection.Execute(Add, directoryId, vesselId, FileVersion.MostOfSmall);
        Sums.Book(connection, vesselId, new(added.Files, added.Bytes));
        return added;
    }

    /// <summary>For one version that was out of reach when a vessel came.</summary>
    public static void AddMissing(LedgerConnection connection, long versionId)
    {
        foreach ((long directory, long vessel) in connection.Rows(LackingVessels, static row => (row.GetInt64(0), row.GetInt64(1)), versionId))
        {
            Enlist(connection, directory, vessel);
        }
    }
}
