using System.Globalization;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Commands;
using ContentMonster.Shore;
using ContentMonster.Vessels;
using ContentMonster.Watching;

namespace ContentMonster.Daemon.Hosting;

/// <summary>Looks at what the shore has to offer: directories, archive, inotify, ssh, known_hosts. Nothing is made or changed.</summary>
internal static class ShoreCheck
{
    private const int MostCounted = 1_000_000;
    private const double Headroom = 1.25;
    private static readonly TimeSpan CountPatience = TimeSpan.FromSeconds(5);

    public static async Task<IReadOnlyList<CheckLine>> RunAsync(Settings settings, StatePlace place, TimeProvider time, CancellationToken cancellationToken) =>
    [
        .. settings.Directories.SelectMany(directory => Of(directory, settings, place)),
        Watches(settings, time),
        .. Limits(settings),
        await SshAsync(time, cancellationToken),
        KnownHosts(place),
    ];

    /// <summary>Whether a place belongs to the user we run as (or nobody can tell).</summary>
    public static bool IsOwn(string path) => ShoreAccess.Look(path) is not { } look || look.Owner == ShoreAccess.User();

    private static IEnumerable<CheckLine> Of(DirectorySettings directory, Settings settings, StatePlace place)
    {
        string shown = $"{directory.Name}: {directory.Location}";
        if (!Directory.Exists(directory.Location))
        {
            yield return Warn($"{shown} is missing or not mounted. It is watched as soon as it is there.");
            yield break;
        }

        if (ShoreAccess.MayList(directory.Location) == false)
        {
            yield return Fail($"{shown} cannot be listed by the user that runs this. Let the daemon's user read and enter it.");
            yield break;
        }

        if (!settings.TakersOf(directory).Any())
        {
            yield return Warn($"{shown} goes to no vessel: all list it in IgnoreDirs. Its files stay where they are.");
        }

        PathFilter filter = PathFilter.Of(directory);
        Territory territory = new(directory, directory.Recursive != false, filter.Takes, filter.Enters);
        foreach (string file in new OwnFiles(directory, settings, place.LedgerPath, place.KnownHostsPath).Present(territory.TakesFromAnywhere))
        {
            yield return Warn($"{file} lies in {directory.Name} and belongs to ContentMonster itself: it is not sent. Move it elsewhere.");
        }

        foreach (CheckLine line in Archive(directory, shown))
        {
            yield return line;
        }

        if (IsNetwork(directory.Location))
        {
            yield return Warn($"{shown} is on a network file system: new files are found by scans only, no sooner than the next one.");
        }
    }

    private static IEnumerable<CheckLine> Archive(DirectorySettings directory, string shown)
    {
        if (directory.OnComplete == OnComplete.Keep)
        {
            yield return Ok($"{shown} is there and readable; files stay in place (OnComplete = keep)");
            yield break;
        }

        if (ShoreAccess.MayChange(directory.Location) == false)
        {
            yield return Fail($"{shown} cannot be changed by the user that runs this: files would be delivered, but never leave it. Let the daemon's user write there, or set OnComplete = keep.");
            yield break;
        }

        string archive = Path.Combine(directory.Location, directory.ProcessedDir);
        if (directory.OnComplete != OnComplete.Move || (!Directory.Exists(archive) && !File.Exists(archive)))
        {
            yield return Ok($"{shown} is there, readable and writable");
        }
        else if (File.Exists(archive))
        {
            yield return Fail($"{shown}: {directory.ProcessedDir} is a file. Move it away, or set another ProcessedDir.");
        }
        else if (new DirectoryInfo(archive).LinkTarget is not null)
        {
            yield return Fail($"{shown}: {directory.ProcessedDir} is a symbolic link, and links are never followed: files would be delivered, but never leave their place. Make it a directory, or set another ProcessedDir.");
        }
        else if (ShoreAccess.MayChange(archive) == false)
        {
            yield return Fail($"{shown}: {directory.ProcessedDir}/ cannot be written by the user that runs this: files would be delivered, but never leave their place. Let the daemon's user write there.");
        }
        else if (ShoreAccess.Look(directory.Location)?.Device != ShoreAccess.Look(archive)?.Device)
        {
            yield return Fail($"{shown}: {directory.ProcessedDir}/ is on another file system, where files cannot be renamed to. Unmount it, or set another ProcessedDir.");
        }
        else
        {
            yield return Ok($"{shown} is there, readable and writable, as is {directory.ProcessedDir}/");
        }
    }

    private static bool IsNetwork(string location)
    {
        try
        {
            using ShoreRoot root = ShoreRoot.Open(location);
            return root.IsNetworkFileSystem;
        }
        catch (ShoreException)
        {
            return false;
        }
    }

    private static CheckLine Watches(Settings settings, TimeProvider time)
    {
        if (KernelLimits.WatchLimit is not long limit)
        {
            return new("", "inotify", CheckVerdict.Ok, "not told by this system");
        }

        long begun = time.GetTimestamp();
        var all = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        long count = settings.Directories.Where(directory => Directory.Exists(directory.Location)).Sum(directory => 1 + (directory.Recursive == false ? 0 : Directory
            .EnumerateDirectories(directory.Location, "*", all)
            .TakeWhile((_, number) => number < MostCounted && time.GetElapsedTime(begun) < CountPatience)
            .LongCount()));
        string most = time.GetElapsedTime(begun) < CountPatience ? "" : "at least ";
        string text = string.Create(CultureInfo.InvariantCulture, $"{most}{count} {(count == 1 ? "directory" : "directories")} to watch, {limit} watches allowed to a user");
        return count * Headroom <= limit
            ? new("", "inotify", CheckVerdict.Ok, text)
            : new("", "inotify", CheckVerdict.Warning, $"{text}: where they do not suffice, files are found by scans only. Raise it: `sysctl fs.inotify.max_user_watches={count * 2}`.");
    }

    private static IEnumerable<CheckLine> Limits(Settings settings)
    {
        if (KernelLimits.FewInstances(settings, KernelLimits.InstanceLimit) is { } few)
        {
            yield return new("", "inotify", CheckVerdict.Warning, few);
        }

        if (OpenFiles.Limit is long limit)
        {
            yield return KernelLimits.FewOpenFiles(settings, limit) is { } shortage
                ? new("", "open files", CheckVerdict.Warning, shortage)
                : new("", "open files", CheckVerdict.Ok, string.Create(CultureInfo.InvariantCulture, $"up to {KernelLimits.OpenFilesFor(settings)} needed, {limit} allowed to this process"));
        }
    }

    private static async Task<CheckLine> SshAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return new("", "ssh", CheckVerdict.Ok, await SshProgram.VersionAsync("ssh", time, cancellationToken));
        }
        catch (IOException missing)
        {
            return new("", "ssh", CheckVerdict.Failed, missing.Message);
        }
    }

    private static CheckLine KnownHosts(StatePlace place)
    {
        string path = place.KnownHostsPath;
        string folder = Path.GetDirectoryName(path) ?? "/";
        if (File.Exists(path))
        {
            return ShoreAccess.MayWriteFile(path) == false
                ? new("", "known_hosts", CheckVerdict.Failed, $"{path} cannot be written by the user that runs this: no new host key can be pinned, and vessels stop. Give it to the daemon's user.")
                : new("", "known_hosts", CheckVerdict.Ok, $"{path}, writable");
        }

        if (!Directory.Exists(folder))
        {
            return new("", "known_hosts", CheckVerdict.Ok, $"{path} is not there yet: the daemon makes it, and pins there");
        }

        return (IsOwn(folder), ShoreAccess.MayChange(folder)) switch
        {
            (_, false) => new("", "known_hosts", CheckVerdict.Failed, $"{path} cannot be made by the user that runs this: host keys cannot be pinned, and vessels stop. Let the daemon's user write to {folder}."),
            (false, _) => new("", "known_hosts", CheckVerdict.Warning, $"{path} is not there yet, and {folder} belongs to another user. Run this as that user to see what the daemon sees."),
            _ => new("", "known_hosts", CheckVerdict.Ok, $"{path} is not there yet and can be made"),
        };
    }

    private static CheckLine Ok(string text) => new("", "directory", CheckVerdict.Ok, text);

    private static CheckLine Warn(string text) => new("", "directory", CheckVerdict.Warning, text);

    private static CheckLine Fail(string text) => new("", "directory", CheckVerdict.Failed, text);
}
