using Dapper;

namespace ContentMonster.Ledger;

/// <summary>What is known of a vessel, for `status` without a daemon.</summary>
internal static class Noting
{
    private const string Note = """
        update vessel set note_state = @state, note_kind = @kind, note_error = @error, note_error_at = @errorAt, note_next_attempt = @next where name = @vessel
        """;

    public static int Vessel(LedgerConnection connection, string vessel, VesselNote note) => connection.Database.Execute(Note, new
    {
        vessel,
        state = note.State,
        kind = (int?)note.Kind,
        error = note.LastError,
        errorAt = note.LastErrorAt?.ToUnixTimeMilliseconds(),
        next = note.NextAttempt?.ToUnixTimeMilliseconds(),
    });
}
