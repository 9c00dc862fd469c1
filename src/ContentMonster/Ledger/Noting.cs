namespace ContentMonster.Ledger;

/// <summary>What is known of a vessel, for `status` without a daemon.</summary>
internal static class Noting
{
    private const string Note = """
        update vessel set note_state = ?2, note_kind = ?3, note_error = ?4, note_error_at = ?5, note_next_attempt = ?6 where name = ?1
        """;

    public static int Vessel(LedgerConnection connection, string vessel, VesselNote note) => connection.Execute(
        Note, vessel, note.State, (int?)note.Kind, note.LastError, note.LastErrorAt?.ToUnixTimeMilliseconds(), note.NextAttempt?.ToUnixTimeMilliseconds());
}
