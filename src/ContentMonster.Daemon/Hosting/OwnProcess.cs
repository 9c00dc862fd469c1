using System.Runtime.InteropServices;

namespace ContentMonster.Daemon.Hosting;

/// <summary>System calls about this process itself.</summary>
internal static partial class OwnProcess
{
    private const int SetDumpable = 4; // PR_SET_DUMPABLE, prctl(2)
    private const int MostHeaps = -8; // M_ARENA_MAX, malloc.h of glibc
    private const int CoreLimit = 4; // RLIMIT_CORE, setrlimit(2)

    public static uint EffectiveUserId => OperatingSystem.IsWindows() ? 0 : geteuid();

    /// <summary>Settings hold passwords: no core file, and no other process of this user looks into our memory.</summary>
    public static void KeepMemoryPrivate()
    {
        if (OperatingSystem.IsLinux())
        {
            // A refusal leaves us as private as any other process: no reason not to work.
            _ = prctl(SetDumpable, 0, 0, 0, 0);
            _ = setrlimit(CoreLimit, default);
        }
    }

    /// <summary>
    /// glibc would make up to eight heaps for each CPU, and what is free in one serves no thread of another: with SQLite's pages on whatever thread, megabytes
    /// for nothing. Two are enough for the few who use them at once (mallopt(3)).
    /// </summary>
    public static void ShareNativeHeaps()
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                _ = mallopt(MostHeaps, 2);
            }
        }
        catch (EntryPointNotFoundException)
        {
            // musl has one heap for all.
        }
    }

    /// <summary>
    /// glibc keeps what is free in its heaps below the last piece in use: with a compiler that works now and then, on whatever thread, some megabytes more
    /// each quarter of an hour. Here they go back to the system (malloc_trim(3)).
    /// </summary>
    public static void ReturnFreeMemory()
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                _ = malloc_trim(0);
            }
        }
        catch (EntryPointNotFoundException)
        {
            // musl does so by itself.
        }
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int malloc_trim(nuint pad);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int mallopt(int parameter, int value);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint geteuid();

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int prctl(int option, nuint arg2, nuint arg3, nuint arg4, nuint arg5);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int setrlimit(int resource, in Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Limit
    {
        public readonly nuint Soft;
        public readonly nuint Hard;
    }
}
