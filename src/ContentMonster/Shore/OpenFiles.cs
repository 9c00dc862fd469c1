using System.Runtime.InteropServices;

namespace ContentMonster.Shore;

/// <summary>
/// How many descriptors this process may have open. .NET raises its soft limit to the hard one as it starts, and ends with "Out of memory" where it can
/// start no thread for want of them: what would take one of the last is refused, and told.
/// </summary>
internal static unsafe partial class OpenFiles
{
    /// <summary>What is wrong and what to do, to follow "because".</summary>
    public const string TooMany = "too many files are open: " + Remedy;

    public const string Remedy = "raise LimitNOFILE of the systemd unit, or `ulimit -n` (soft and hard) where there is none";

    private const int OpenFilesLimit = 7; // RLIMIT_NOFILE, getrlimit(2)

    /// <summary>What watches leave: for what is delivered and archived from the directories that are watched, and the connections for that.</summary>
    public const int SparedByWatches = 2 * SparedByArchivers;

    /// <summary>What archivers leave: for threads, the ledger, the control socket and a vessel or two.</summary>
    public const int SparedByArchivers = 64;

    /// <summary>Null: none, or not to be told.</summary>
    public static long? Limit
    {
        get
        {
            nuint* limit = stackalloc nuint[2];
            return OperatingSystem.IsLinux() && getrlimit(OpenFilesLimit, limit) == 0 && *limit < long.MaxValue ? (long)*limit : null;
        }
    }

    /// <summary>Whether a new descriptor, which has always the lowest number that is free, is one of the last: the spared ones, but a quarter of all at the most.</summary>
    public static bool IsOfTheLast(int descriptor, int spared) => spared > 0 && Limit is long limit && descriptor >= limit - Math.Min(spared, limit / 4);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int getrlimit(int resource, nuint* limit);
}
