using ContentMonster.Model;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Delivering;

/// <summary>What the delivering side says; ids 3000 to 3999, never reused.</summary>
internal static partial class DeliveringLog
{
    [LoggerMessage(3101, LogLevel.Information, "Published {Directory}/{File} on {Vessel}: {Size} bytes, {Sent} sent on this connection")]
    public static partial void Published(this ILogger logger, string directory, BytePath file, string vessel, long size, long sent);

    [LoggerMessage(3102, LogLevel.Information, "Published {Directory}/{File} on {Vessel}, unverified: {Size} bytes; {Reason}")]
    public static partial void PublishedUnverified(this ILogger logger, string directory, BytePath file, string vessel, long size, string reason);

    [LoggerMessage(3103, LogLevel.Information, "Published {Files} files of {Directory} on {Vessel}, sent as one archive: {Size} bytes; the first: {File}")]
    public static partial void PublishedPack(this ILogger logger, int files, string directory, string vessel, long size, BytePath file);

    [LoggerMessage(3104, LogLevel.Information, "{Files} small files of {Directory} go to {Vessel} one by one, because they could not be unpacked there; the first: {File}")]
    public static partial void NotPacked(this ILogger logger, int files, string directory, string vessel, BytePath file);

    [LoggerMessage(3201, LogLevel.Warning, "{Directory}/{File} steps back on {Vessel} for {Wait}. {Reason} {Advice}")]
    public static partial void FileFailed(this ILogger logger, string directory, BytePath file, string vessel, Duration wait, string reason, string advice);

    [LoggerMessage(3202, LogLevel.Warning, "An unfinished file on {Vessel} is sent again from its beginning: {Reason}")]
    public static partial void PartMissing(this ILogger logger, string vessel, string reason);

    [LoggerMessage(3205, LogLevel.Warning, "Unfinished files on {Vessel} ({Files}; the first: {Directory}/{File}) are removed, and begun anew when there is room: while they lie there one that is nearer its end, or smaller, is refused")]
    public static partial void MadeRoom(this ILogger logger, string vessel, int files, string directory, BytePath file);

    [LoggerMessage(3204, LogLevel.Warning, "More files fail alike on {Vessel}, and are not told singly for a minute; `contentmonster status` and `explain` know each")]
    public static partial void MoreFailAlike(this ILogger logger, string vessel);

    [LoggerMessage(3203, LogLevel.Error, "A delivery to {Vessel} failed in a way that should not happen; please report this")]
    public static partial void Bug(this ILogger logger, Exception exception, string vessel);

    [LoggerMessage(3301, LogLevel.Information, "Connected to {Vessel}: hash tool {HashTool}, shell {Shell}, round trip {RoundTripMs:0} ms")]
    public static partial void Connected(this ILogger logger, string vessel, string hashTool, string shell, double roundTripMs);

    [LoggerMessage(3311, LogLevel.Warning, "{Command} hangs on {Vessel} and is done without for an hour, if that can be. {Advice}")]
    public static partial void CommandHangs(this ILogger logger, string vessel, string command, string advice);

    [LoggerMessage(3315, LogLevel.Warning, "What goes to {Place} on {Vessel} steps back for {Wait}, and what goes elsewhere there goes on: the SFTP server hangs at it. {Reason} {Advice}")]
    public static partial void PlaceHangs(this ILogger logger, BytePath place, string vessel, Duration wait, string reason, string advice);

    [LoggerMessage(3314, LogLevel.Warning, "The SFTP server of {Vessel} says that it hashes files (check-file), but connections end when it is asked to: for an hour, or until `contentmonster retry`, files are read back instead. Mend that server, or set Verify = size")]
    public static partial void WithoutCheckFile(this ILogger logger, string vessel);

    [LoggerMessage(3307, LogLevel.Information, "First connection to {Vessel}: its host key is trusted from now on. ssh said: {Words}")]
    public static partial void KeyPinned(this ILogger logger, string vessel, string words);

    [LoggerMessage(3308, LogLevel.Information, "Connections to {Vessel} use the system's own congestion control, because {Reason}; `contentmonster check` tells more")]
    public static partial void SystemsOwnCongestionControl(this ILogger logger, string vessel, string reason);

    [LoggerMessage(3313, LogLevel.Warning, "{Place} on {Vessel} does not tell upper from lower case: of files of one directory whose names differ in nothing else the last one replaces the others, and all count as delivered. Give them names that differ in more than case")]
    public static partial void FoldsCase(this ILogger logger, string vessel, string place);

    [LoggerMessage(3309, LogLevel.Warning, "{Reason} {Advice}")]
    public static partial void ShellIsSilent(this ILogger logger, string reason, string advice);

    [LoggerMessage(3310, LogLevel.Information, "The shell of {Vessel} answers now: it is connected anew, so that files are verified")]
    public static partial void ShellAnswers(this ILogger logger, string vessel);

    [LoggerMessage(3302, LogLevel.Warning, "{Vessel} is tried again in {Wait}. {Reason} {Advice}")]
    public static partial void VesselFailed(this ILogger logger, string vessel, Duration wait, string reason, string advice);

    [LoggerMessage(3312, LogLevel.Warning, "{Vessel} is not tried for another {Wait}, lest an account is locked: a run before this one was refused. A change of the settings, the PasswordFile or the key, or a run without --once, tries at once. {Reason}")]
    public static partial void StillRefused(this ILogger logger, string vessel, Duration wait, string reason);

    [LoggerMessage(3303, LogLevel.Information, "Nothing to do for {Vessel}: disconnected until there is")]
    public static partial void WentIdle(this ILogger logger, string vessel);

    [LoggerMessage(3304, LogLevel.Information, "{Vessel} takes no further lane now, going on with {Lanes}: {Reason}")]
    public static partial void FewerLanes(this ILogger logger, string vessel, int lanes, string reason);

    [LoggerMessage(3305, LogLevel.Warning, "A lane to {Vessel} broke, {Lanes} left: {Reason}")]
    public static partial void LaneBroke(this ILogger logger, string vessel, int lanes, string reason);

    [LoggerMessage(3306, LogLevel.Warning, "Unfinished files on {Vessel} could not be removed yet: {Reason}")]
    public static partial void NotSwept(this ILogger logger, string vessel, string reason);
}
