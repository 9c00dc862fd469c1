using ContentMonster.Model;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Daemon.Hosting;

/// <summary>Ids 9001 to 9099.</summary>
internal static partial class DaemonLog
{
    [LoggerMessage(9001, LogLevel.Information, "ContentMonster {Version} runs with {Settings}; ledger {Ledger}")]
    public static partial void Started(ILogger logger, string version, string settings, string ledger);

    [LoggerMessage(9002, LogLevel.Information, "Stopping: what is under way is saved and goes on at the next start")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(9003, LogLevel.Information, "Stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(9004, LogLevel.Critical, "{Reason}")]
    public static partial void Fatal(ILogger logger, string reason);

    [LoggerMessage(9005, LogLevel.Critical, "Ended by a mistake of ours; please report it")]
    public static partial void Bug(ILogger logger, Exception exception);

    [LoggerMessage(9006, LogLevel.Warning, "{Warning}")]
    public static partial void SettingsWarning(ILogger logger, string warning);

    [LoggerMessage(9007, LogLevel.Warning, "Could not take a command, because {Reason}")]
    public static partial void ControlTrouble(ILogger logger, string reason);

    [LoggerMessage(9008, LogLevel.Error, "Could not answer a command, by a mistake of ours; please report it")]
    public static partial void ControlBug(ILogger logger, Exception exception);

    [LoggerMessage(9009, LogLevel.Error, "Could not stop in order, because work went on for {Seconds} s after the request; nothing is lost, the next start takes it up")]
    public static partial void StoppedLate(ILogger logger, double seconds);

    [LoggerMessage(9010, LogLevel.Information, "Everything is delivered: {Files} files")]
    public static partial void AllDelivered(ILogger logger, long files);

    [LoggerMessage(9011, LogLevel.Warning, "Not everything is delivered: {Files} files wait, {Unsettled} are still being written, {Refused} are not sent, {Missing} directories are missing; `contentmonster status` tells which and why")]
    public static partial void NotAllDelivered(ILogger logger, long files, long unsettled, long refused, int missing);

    [LoggerMessage(9012, LogLevel.Warning, "Under way to {Vessel} at the end: {Files} files, among them {Directory}/{File} ({Stage}); if they stood still, something on the vessel or the link hangs")]
    public static partial void UnderWayAtTheEnd(ILogger logger, string vessel, int files, string directory, string file, string stage);

    [LoggerMessage(9013, LogLevel.Warning, "Delivered everywhere and not archived: {Files} files, among them {Directory}/{File}: {Reason} The next run tries again; they are not sent again")]
    public static partial void NotAllArchived(ILogger logger, long files, string directory, BytePath file, string reason);

    [LoggerMessage(9014, LogLevel.Information, "Removed {Directories} directories of askpass sockets whose daemons were killed")]
    public static partial void LitterRemoved(ILogger logger, int directories);

    [LoggerMessage(9015, LogLevel.Warning, "{Shortage}")]
    public static partial void LimitTooLow(ILogger logger, string shortage);

    [LoggerMessage(9016, LogLevel.Critical, "Ended for want of memory, of which {MiB} MiB are allowed: by the machine, MemoryMax of the unit, or the limit of a container. Give it more. Nothing is lost: the next start goes on")]
    public static partial void OutOfMemory(ILogger logger, long miB);
}
