using System.Globalization;
using ContentMonster.Configuration;
using ContentMonster.Planning;
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

    // For other programs of the user.
    private const int SparedInstances = 8;

    /// <summary>inotify instances of this user, of all programs together; null: not to be told.</summary>
    public static long? InstanceLimit => Read("max_user_instances");

    /// <summary>inotify watches of this user, likewise.</summary>
    public static long? WatchLimit => Read("max_user_watches");

    public static long OpenFilesFor(Settings settings) =>
        OfTheProgram + ((long)OfDirectory * settings.Directories.Count) + settings.Vessels.Sum(vessel => (long)OfVessel + (OfLane * (vessel.Connections ?? LanePlan.MostUnasked)));

    public static string? FewOpenFiles(Settings settings, long? limit) => OpenFilesFor(settings) is long wanted && wanted > limit
        ? string.Create(CultureInfo.InvariantCulture, $"{settings.Directories.Count} [Directory] and {settings.Vessels.Count} [Vessel] sections may need {wanted} open files, and this process may have {limit}: beyond that directories are not watched and connections fail. What helps: {OpenFiles.Remedy}.")
        : null;

    public static string? FewInstances(Settings settings, long? limit) => settings.Directories.Count > limit - SparedInstances
        ? string.Create(CultureInfo.InvariantCulture, $"{settings.Directories.Count} [Directory] sections need an inotify instance each, and the user may have {limit} in all: directories beyond that are scanned only. Raise it: `sysctl fs.inotify.max_user_instances={2 * (settings.Directories.Count + SparedInstances)}`.")
        : null;

    public static IEnumerable<string> Shortages(Settings settings) =>
        new[] { FewOpenFiles(settings, OpenFiles.Limit), FewInstances(settings, InstanceLimit) }.OfType<string>();

    private static long? Read(string limitOfInotify)
    {
        try
        {
            return long.TryParse(File.ReadAllText("/proc/sys/fs/inotify/" + limitOfInotify), CultureInfo.InvariantCulture, out long limit) ? limit : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
