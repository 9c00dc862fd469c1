namespace ContentMonster.Ledger;

/// <summary>The words of the history: stored as they are.</summary>
internal static class HistoryEvent
{
    public const string Published = "published";
    public const string Archived = "archived";
    public const string ArchiveFailed = "archive failed";
    public const string Superseded = "superseded";
    public const string Gone = "gone";

    private const string Add = "insert into history (at, event, version, vessel, text) values (?1, ?2, ?3, ?4, ?5)";

    public static void Write(LedgerConnection connection, DateTimeOffset now, string word, long versionId, long? vesselId, string? text) =>
        connection.Execute(Add, now.ToUnixTimeMilliseconds(), word, versionId, vesselId, text);
}
