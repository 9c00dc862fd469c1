using System.Globalization;
using System.Runtime.InteropServices;

namespace ContentMonster.Sftp.Process;

// Implementation notes
//
// Why. A child begins with a copy of its starter's descriptors and closes what it is not to have before its program runs. To close a file on FUSE (sshfs,
// mergerfs, ...) is a request to the file system, FLUSH, that nothing interrupts: where that hangs the child does, and its starter with it, which waits in
// posix_spawn(3). One directory whose disk hangs would keep every vessel from being connected to. So children are started by a thread with a table
// of its own (unshare(2), CLONE_FILES), in which nothing is open but the standard streams and what a child is to get; that comes over a socket (SCM_RIGHTS).
//
// What else the thread may need. The runtime maps the memory of its code by a descriptor ("doublemapper"). Its handlers of signals write into a pipe
// whose number is somebody else's here: those signals are left to other threads. No file is opened in managed code here but the listing of the table.

/// <summary>Starts children from a table of descriptors in which no file of the rest of the process is. Linux only.</summary>
internal sealed unsafe partial class SpawnThread
{
    private const int OwnDescriptors = 0x400; // CLONE_FILES
    private const int Block = 0; // SIG_BLOCK
    private const int RoomForSignals = 1024;
    private const int FirstRealTimeSignal = 32;
    private const int LastSignal = 64;

    // Those that a thread causes itself; the runtime has handlers for them.
    private static readonly int[] OwnSignals = [4, 5, 6, 7, 8, 11]; // SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV
    private static readonly Lazy<SpawnThread?> Only = new(TryBegin);

    private readonly TaskCompletionSource<bool> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();

    // Guarded by _gate: as many as there are messages on the way.
    private readonly Queue<Job> _jobs = new();
    private readonly int _ours;
    private readonly int _theirs;

    private SpawnThread(int ours, int theirs) => (_ours, _theirs) = (ours, theirs);

    /// <summary>Has the thread ready, with a table that is empty yet: before anything is opened that may hang when it is closed.</summary>
    public static void Prepare() => _ = OperatingSystem.IsLinux() && Environment.Is64BitProcess ? Only.Value : null;

    /// <summary>Has a child started with two descriptors. Where the system lets no thread have a table of its own the caller does it.</summary>
    /// <param name="transport">What becomes standard input and output.</param>
    /// <param name="error">What becomes standard error.</param>
    /// <param name="start">Is called with the numbers that they have where it runs; -1 for both: there was no room for them.</param>
    /// <returns>What <paramref name="start"/> does; what it throws is thrown.</returns>
    public static int Run(int transport, int error, Func<int, int, int> start)
    {
        Prepare();
        return Only is { IsValueCreated: true, Value: { } thread } ? thread.Submit(transport, error, start) : start(transport, error);
    }

    private static SpawnThread? TryBegin()
    {
        int* pair = stackalloc int[2];
        if (Posix.SocketPair(Posix.UnixFamily, Posix.StreamSocketCloseOnExec, 0, pair) != 0)
        {
            return null;
        }

        var made = new SpawnThread(pair[0], pair[1]);
        try
        {
            new Thread(made.Serve) { IsBackground = true, Name = "spawn" }.Start();
        }
        catch (OutOfMemoryException)
        {
            made._ready.SetResult(false);
        }

        if (made._ready.Task.GetAwaiter().GetResult())
        {
            return made;
        }

        _ = Posix.Close(pair[0]);
        _ = Posix.Close(pair[1]);
        return null;
    }

    private int Submit(int transport, int error, Func<int, int, int> start)
    {
        var job = new Job(start, new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            lock (_gate)
            {
                DescriptorPass.Send(_ours, transport, error);
                _jobs.Enqueue(job);
            }
        }
        catch (IOException)
        {
            return start(transport, error);
        }

        return job.Started.Task.GetAwaiter().GetResult();
    }

    private void Serve()
    {
        bool isApart = TryPart();
        _ready.SetResult(isApart);
        while (isApart)
        {
            (int transport, int error) = DescriptorPass.Receive(_theirs);
            Job job;
            lock (_gate)
            {
                job = _jobs.Dequeue();
            }

            try
            {
                job.Started.SetResult(job.Start(transport, error));
            }
            catch (Exception trouble)
            {
                job.Started.SetException(trouble);
            }
            finally
            {
                _ = transport < 0 ? 0 : Posix.Close(transport);
                _ = error < 0 ? 0 : Posix.Close(error);
            }
        }
    }

    private bool TryPart()
    {
        byte* signals = stackalloc byte[RoomForSignals];
        _ = Posix.FillSignals(signals);
        foreach (int signal in OwnSignals.Concat(Enumerable.Range(FirstRealTimeSignal, LastSignal - FirstRealTimeSignal + 1)))
        {
            _ = Posix.RemoveSignal(signals, signal);
        }

        _ = SetSignalMask(Block, signals, null);
        if (Unshare(OwnDescriptors) != 0)
        {
            return false;
        }

        try
        {
            foreach (string entry in Directory.GetFileSystemEntries("/proc/thread-self/fd"))
            {
                int number = int.Parse(Path.GetFileName(entry), CultureInfo.InvariantCulture);
                if (number > 2 && number != _theirs && new FileInfo(entry).LinkTarget?.Contains("doublemapper", StringComparison.Ordinal) == false)
                {
                    _ = Posix.Close(number);
                }
            }

            return true;
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            // No /proc. The table goes with the thread.
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    private static partial int SetSignalMask(int how, void* signals, void* before);

    private sealed record Job(Func<int, int, int> Start, TaskCompletionSource<int> Started);
}
