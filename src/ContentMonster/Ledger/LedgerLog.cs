using ContentMonster.Model;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Ledger;

internal static partial class LedgerLog
{
    [LoggerMessage(2201, LogLevel.Information, "Opened the ledger {Path} (SQLite {SqliteVersion}, shore {ShoreId})")]
    public static partial void Opened(this ILogger logger, string path, string sqliteVersion, string shoreId);

    [LoggerMessage(2202, LogLevel.Warning, "The ledger {Path} was not closed cleanly: checking it")]
    public static partial void CheckingAfterUncleanStop(this ILogger logger, string path);

    [LoggerMessage(2203, LogLevel.Information, "The ledger {Path} was brought to schema {Version}")]
    public static partial void Migrated(this ILogger logger, string path, int version);

    [LoggerMessage(2204, LogLevel.Error, "{Count} entries were not written into the ledger: {Reason}")]
    public static partial void GroupNotWritten(this ILogger logger, int count, string reason);

    [LoggerMessage(2205, LogLevel.Warning, "The clock was put back by {Jump}: files that had stepped back are tried again now")]
    public static partial void ClockPutBack(this ILogger logger, Duration jump);

    [LoggerMessage(2206, LogLevel.Warning, "What the ledger {Path} held when it was removed or replaced is saved as {Copy}")]
    public static partial void Saved(this ILogger logger, string path, string copy);

    [LoggerMessage(2207, LogLevel.Error, "What the ledger {Path} held when it was removed or replaced could not be saved as {Copy}: {Reason}")]
    public static partial void NotSaved(this ILogger logger, string path, string copy, string reason);

    [LoggerMessage(2208, LogLevel.Error, "{Count} entries were not written into the ledger, which should not happen; please report this")]
    public static partial void GroupFailed(this ILogger logger, Exception bug, int count);
}
