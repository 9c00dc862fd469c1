using System.Globalization;
using ContentMonster.Configuration;
using ContentMonster.Shore;

namespace ContentMonster.Daemon.Hosting;

/// <summary>Whether what the kernel allows this process and its user is enough for the settings; null where it is.</summary>
internal static class KernelLimits
{
    // Counted in /proc/PID/fd: the program, its libraries, its ledger and what watches leave free; a directory that is scanned, watched, archived from and delivered from; a lane
    // with its ssh, its connection and its file. Of lanes most vessels have fewer.
    private const int OfTheProgram = 150 + OpenFiles.SparedByWatches;
    private const int OfDirectory = 5;
    private const int OfVessel = 10;
    private const int OfLane = 6;
    private const int MostLanesOfAuto = 8;

    // For other programs of the user.
    private const int SparedInstances = 8;
    private const string InstanceLimitFile = "/proc/sys/fs/inotify/max_user_instances";

    /// <summary>Null: not to be told.</summary>
    public static long? InstanceLimit
    {
        get
        {
            try
            {
                return long.TryParse(File.ReadAllText(InstanceLimitFile), CultureInfo.InvariantCulture, out long limit) ? limit : null;
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    public static long OpenFilesFor(Settings settings) =>
        OfTheProgram + ((long)OfDirectory * settings.Directories.Count) + settings.Vessels.Sum(vessel => (long)OfVessel + (OfLane * (vessel.Connections ?? MostLanesOfAuto)));

    public static string? FewOpenFiles(Settings settings, long? limit) => OpenFilesFor(settings) is long wanted && wanted > limit
        ? string.Create(CultureInfo.InvariantCulture, $"{settings.Directories.Count} [Directory] and {settings.Vessels.Count} [Vessel] sections may need {wanted} open files, and this process may have {limit}: beyond that directories are not watched and connections fail. Raise LimitNOFILE of the systemd unit, or `ulimit -n` (soft and hard) where there is none.")
        : null;

    public static string? FewInstances(Settings settings, long? limit) => settings.Directories.Count > limit - SparedInstances
        ? string.Create(CultureInfo.InvariantCulture, $"{settings.Directories.Count} [Directory] sections need an inotify instance each, and the user may have {limit} in all: directories beyond that are scanned only. Raise it: `sysctl fs.inotify.max_user_instances={2 * (settings.Directories.Count + SparedInstances)}`.")
        : null;

    public static IEnumerable<string> Shortages(Settings settings) =>
        new[] { FewOpenFiles(settings, OpenFiles.Limit), FewInstances(settings, InstanceLimit) }.OfType<string>();
}
