namespace ContentMonster.Ledger;

/// <summary>Forgets what is old, a step at a time, so that nobody waits long behind it.</summary>
internal static class Pruning
{
    public const int StepLimit = 5_000;

    // By id from the oldest on: the time of an entry needs no index of its own. Those that a clock wrote that was ahead are no end of what is old.
    private const string OldHistory = """
        delete from history where id in (select id from history where at <= ?3 order by id limit ?2) and at < ?1
        """;

    private const string OldVersions = """
        delete from version where id in (select id from version indexed by version_finished where state > 2 and finished_at < ?1 order by finished_at limit ?2)
        """;

    /// <summary>Returns how many entries went; none: there is nothing old left.</summary>
    public static int History(LedgerConnection connection, DateTimeOffset before, DateTimeOffset now) =>
        connection.Execute(OldHistory, before.ToUnixTimeMilliseconds(), StepLimit, now.ToUnixTimeMilliseconds());

    /// <inheritdoc cref="History"/>
    public static int Versions(LedgerConnection connection, DateTimeOffset before) =>
        connection.Execute(OldVersions, before.ToUnixTimeMilliseconds(), StepLimit);
}
