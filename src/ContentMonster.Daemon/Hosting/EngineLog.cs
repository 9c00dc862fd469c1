using ContentMonster.Model;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Daemon.Hosting;

/// <summary>What the engine says as it starts and when the ledger fails it; ids 1100 to 1199, never reused.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(1101, LogLevel.Warning, "Vessel {Vessel} is no longer in the settings: {Files} files ({Bytes} bytes) that waited for it are archived without it, and what is archived does not come back. If that is not meant put it back under the same name at once: it gets what is still in place")]
    public static partial void VesselRemoved(ILogger logger, string vessel, long files, long bytes);

    [LoggerMessage(1102, LogLevel.Warning, "Directory {Directory} is no longer in the settings: {Files} files of it are not delivered any further")]
    public static partial void DirectoryRemoved(ILogger logger, string directory, long files);

    [LoggerMessage(1103, LogLevel.Warning, "Vessel {Vessel} no longer takes {Directory}: {Files} files that waited for it are archived without it, and what is archived does not come back")]
    public static partial void NoLongerTaken(ILogger logger, string vessel, string directory, long files);

    [LoggerMessage(1104, LogLevel.Information, "Vessel {Vessel} newly takes {Files} files ({Bytes} bytes) that are still in place")]
    public static partial void DeliveriesAdded(ILogger logger, string vessel, long files, long bytes);

    [LoggerMessage(1105, LogLevel.Information, "Imported {Files} recorded files from the Python program's database {File}")]
    public static partial void Imported(ILogger logger, long files, string file);

    [LoggerMessage(1106, LogLevel.Information, "Subdirectories of {Directory} are not looked into, as with the Python program whose database was imported; set Recursive = yes to change that")]
    public static partial void NotRecursive(ILogger logger, string directory);

    [LoggerMessage(1109, LogLevel.Warning, "Not sent: {File} lies in {Directory} and belongs to ContentMonster itself. Move it elsewhere")]
    public static partial void OwnFile(ILogger logger, string file, string directory);

    [LoggerMessage(1110, LogLevel.Error, "The disk of the ledger {Path} has not answered for {Silent}: see to it. Nothing is begun or booked until it does")]
    public static partial void LedgerHangs(ILogger logger, string path, Duration silent);

    [LoggerMessage(1111, LogLevel.Information, "The disk of the ledger {Path} answers again")]
    public static partial void LedgerAnswers(ILogger logger, string path);

    [LoggerMessage(1108, LogLevel.Error, "{Reason}")]
    public static partial void LedgerDisplaced(ILogger logger, string reason);

    [LoggerMessage(1107, LogLevel.Error, "The ledger cannot be used, all waits for it and tries again in {Wait}: {Reason}")]
    public static partial void LedgerTrouble(ILogger logger, string reason, Duration wait);
}
