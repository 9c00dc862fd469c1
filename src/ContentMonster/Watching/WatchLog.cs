using ContentMonster.Model;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Watching;

/// <summary>Event ids 2001 to 2099.</summary>
internal static partial class WatchLog
{
    [LoggerMessage(2001, LogLevel.Information, "Watching {Location} for {Directory}")]
    public static partial void Watching(this ILogger logger, string directory, string location);

    [LoggerMessage(2002, LogLevel.Warning, "{Directory} waits. {Reason} It is tried again every few seconds; nothing is taken as deleted")]
    public static partial void RootMissing(this ILogger logger, string directory, string reason);

    [LoggerMessage(2003, LogLevel.Warning, "{Location} of {Directory} is no longer the directory it was (unmounted, moved or removed); nothing is taken as deleted")]
    public static partial void RootGone(this ILogger logger, string directory, string location);

    [LoggerMessage(EventId = 2004, Message = "Scanned {Directory}: {Files} files, {New} to look at, in {Milliseconds} ms")]
    public static partial void Scanned(this ILogger logger, LogLevel level, string directory, long files, long @new, long milliseconds);

    [LoggerMessage(2005, LogLevel.Information, "Recorded {Count} files of {Directory}, {Superseding} of them newer versions; the first: {File}")]
    public static partial void Recorded(this ILogger logger, string directory, int count, int superseding, BytePath file);

    [LoggerMessage(2006, LogLevel.Warning, "Not sent: {File} of {Directory}, because {Reason}")]
    public static partial void Refused(this ILogger logger, string directory, BytePath file, string reason);

    [LoggerMessage(2007, LogLevel.Information, "Withdrew {Count} files of {Directory}: {Reason}; the first: {File}")]
    public static partial void Withdrew(this ILogger logger, string directory, int count, string reason, BytePath file);

    [LoggerMessage(2008, LogLevel.Warning, "{Directory}: {Shortfall}")]
    public static partial void Shortfall(this ILogger logger, string directory, string shortfall);

    [LoggerMessage(2009, LogLevel.Information, "Events of {Directory} were lost in a rush; scanning it")]
    public static partial void HintsLost(this ILogger logger, string directory);

    [LoggerMessage(2010, LogLevel.Warning, "{Directory}: {Trouble} It is tried again")]
    public static partial void Trouble(this ILogger logger, string directory, string trouble);

    [LoggerMessage(2011, LogLevel.Warning, "Not sent yet: {File} of {Directory}, because it is still being written")]
    public static partial void StillWriting(this ILogger logger, string directory, BytePath file);

    [LoggerMessage(2013, LogLevel.Warning, "{Directory}: {Hang}")]
    public static partial void Hangs(this ILogger logger, string directory, string hang);

    [LoggerMessage(2014, LogLevel.Information, "{Directory}: {Location} answers again")]
    public static partial void AnswersAgain(this ILogger logger, string directory, string location);

    [LoggerMessage(2012, LogLevel.Information, "{Directory}: {Folder}/ is not sent, for it is where the Python program of the same name archived")]
    public static partial void OldArchive(this ILogger logger, string directory, string folder);
}
