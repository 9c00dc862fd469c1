using ContentMonster.Configuration;
using ContentMonster.Model;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Archiving;

/// <summary>What archiving says; ids 4000 to 4999, never reused.</summary>
internal static partial class ArchivingLog
{
    [LoggerMessage(4101, LogLevel.Information, "All vessels have {Directory}/{File}: moved to {Place}")]
    public static partial void Moved(this ILogger logger, string directory, BytePath file, BytePath place);

    [LoggerMessage(4102, LogLevel.Information, "All vessels have {Directory}/{File}: deleted as OnComplete says")]
    public static partial void Deleted(this ILogger logger, string directory, BytePath file);

    [LoggerMessage(4103, LogLevel.Information, "All vessels have {Directory}/{File}: kept in place")]
    public static partial void Kept(this ILogger logger, string directory, BytePath file);

    [LoggerMessage(4104, LogLevel.Information, "All vessels have {Count} more files of {Directory} (OnComplete = {OnComplete}); the first: {File}")]
    public static partial void ManyArchived(this ILogger logger, string directory, int count, OnComplete onComplete, BytePath file);

    [LoggerMessage(4201, LogLevel.Warning, "{Directory}/{File} stays in place and is tried again: {Reason}")]
    public static partial void NotArchived(this ILogger logger, string directory, BytePath file, string reason);

    [LoggerMessage(4204, LogLevel.Warning, "{Count} files of {Directory} stay in place and are tried again (`contentmonster status` lists them); the first, {File}: {Reason}")]
    public static partial void ManyNotArchived(this ILogger logger, string directory, int count, BytePath file, string reason);

    [LoggerMessage(4202, LogLevel.Warning, "{Directory}/{File} changed after all vessels had it: put back and sent again as a new version")]
    public static partial void PutBack(this ILogger logger, string directory, BytePath file);

    [LoggerMessage(4203, LogLevel.Warning, "{Directory}/{Place} was written to after it was archived; its last content is only there, because its old place is taken")]
    public static partial void WrittenLate(this ILogger logger, string directory, BytePath place);

    [LoggerMessage(4208, LogLevel.Warning, "{Directory}/{Place} could not be looked at again after it was archived: if a program wrote to it since, its last content is only there: {Reason}")]
    public static partial void NotSeenLate(this ILogger logger, string directory, BytePath place, string reason);

    [LoggerMessage(4205, LogLevel.Warning, "Files of {Directory} are moved, but not booked as archived, because that cannot be made durable; it is tried again: {Reason}")]
    public static partial void NotDurable(this ILogger logger, string directory, string reason);

    [LoggerMessage(4206, LogLevel.Warning, "{Count} files of {Directory} were being archived and cannot be looked for; it is tried again; the first, {File}: {Reason}")]
    public static partial void Lost(this ILogger logger, string directory, int count, BytePath file, string reason);

    [LoggerMessage(4207, LogLevel.Warning, "Files of {Directory} stay in place for now, and it is tried again every minute: {Reason}")]
    public static partial void OutOfReach(this ILogger logger, string directory, string reason);

    [LoggerMessage(4301, LogLevel.Information, "Removed {Files} files from {Directory}'s processed files, older than {Retention}; the first: {File}")]
    public static partial void Retired(this ILogger logger, string directory, long files, Duration retention, BytePath file);

    [LoggerMessage(4302, LogLevel.Warning, "The processed files of {Directory} could not be looked through: {Reason}")]
    public static partial void NotRetired(this ILogger logger, string directory, string reason);

    [LoggerMessage(4303, LogLevel.Information, "Left {Files} files among {Directory}'s processed files that lay there before it was this directory's archive ({Since:u}): they are never removed; the first: {File}")]
    public static partial void LeftAlone(this ILogger logger, string directory, long files, DateTimeOffset since, BytePath file);

    [LoggerMessage(4304, LogLevel.Information, "Nothing is removed from {Directory}'s processed files for {Wait}: since the last look the clock went forward by {Forward}, which may be a mistake of the clock")]
    public static partial void ClockDoubted(this ILogger logger, string directory, Duration wait, Duration forward);
}
