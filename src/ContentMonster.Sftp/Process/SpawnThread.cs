using System.Globalization;
using System.Runtime.InteropServices;

namespace ContentMonster.Sftp.Process;

// Implementation notes
//
// Why. A child begins with a copy of its starter's descriptors and closes what it is not to have before its program runs. To close a file on FUSE (sshfs,
// mergerfs, ...) is a request to the file system, FLUSH, that nothing interrupts: where that hangs the child does, and its starter with it, which waits in
// posix_spawn(3). One directory whose disk hangs would keep every vessel from being connected to. So children are started by a thread with a table
// of its own (unshare(2), CLONE_FILES), in which nothing is open but what a child is to get; that comes over a socket (SCM_RIGHTS).
//
// What else the thread may need. The runtime maps the memory of its code by a descriptor ("doublemapper"). Its handlers of signals write into a pipe
// that is not here: those signals are left to other threads. All numbers that were open are /dev/null here.

/// <summary>Starts children from a table of descriptors in which no file of the rest of the process is. Linux only.</summary>
internal sealed unsafe partial class SpawnThread
{
    private const int OwnDescriptors = 0x400; // CLONE_FILES
    private const nint CloseRange = 436; // the same on all architectures
    private const nint OwnDescriptorsFirst = 2; // CLOSE_RANGE_UNSHARE
    private const nint BeyondAll = 0x7FFFFFFE;
    private const int CloseOnExec = 0x80000; // O_CLOEXEC
    private const int ReadWriteCloseOnExec = CloseOnExec | 2;
    private const int Block = 0; // SIG_BLOCK
    private const int RoomForSignals = 1024;
    private const int FirstRealTimeSignal = 32;
    private const int LastSignal = 64;

    // Those that a thread causes itself; the runtime has handlers for them.
    private static readonly int[] OwnSignals = [4, 5, 6, 7, 8, 11]; // SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV

    // Of the runtime: the memory of its code, and its random numbers.
    private static readonly string[] Kept = ["doublemapper", "/dev/urandom"];
    private static readonly Lazy<SpawnThread?> Only = new(TryBegin);

    private readonly TaskCompletionSource<bool> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _turn = new();

    // Of whoever has the turn; a message follows. A thread that ends takes what is there after it has said so: it is taken, or that is seen.
    private Request? _asked;
    private volatile bool _isOver;
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

    // One after the other: that is how they are started anyway.
    private int Submit(int transport, int error, Func<int, int, int> start)
    {
        lock (_turn)
        {
            var request = new Request(start, new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously));
            Interlocked.Exchange(ref _asked, request);
            try
            {
                if (_isOver)
                {
                    return start(transport, error);
                }

                DescriptorPass.Send(_ours, transport, error);
            }
            catch (IOException trouble) when (trouble is not SshStartException)
            {
                return start(transport, error);
            }

            return request.Started.Task.GetAwaiter().GetResult();
        }
    }

    private void Serve()
    {
        bool isApart = TryPart();
        _ready.SetResult(isApart);
        while (isApart && !_isOver)
        {
            _isOver = !DescriptorPass.TryReceive(_theirs, out int transport, out int error);
            if (Interlocked.Exchange(ref _asked, null) is not { } request)
            {
                continue;
            }

            try
            {
                request.Started.SetResult(request.Start(transport, error));
            }
            catch (Exception trouble)
            {
                request.Started.SetException(trouble);
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

        // Some containers refuse the first, and know the second, which closes nothing here: Linux 5.9, close_range(2).
        if (Unshare(OwnDescriptors) != 0 && Posix.SystemCall(CloseRange, BeyondAll, unchecked((nint)0xFFFFFFFFL), OwnDescriptorsFirst, 0) != 0)
        {
            return false;
        }

        fixed (byte* nothing = "/dev/null\0"u8)
        {
            int empty = Posix.OpenNamed(nothing, ReadWriteCloseOnExec);
            return empty >= 0 && TryEmpty(empty);
        }
    }

    // The runtime keeps some numbers (of its pipe for signals, say): what they mean here must not be a child's, nor hang when it is closed.
    private bool TryEmpty(int empty)
    {
        try
        {
            foreach (string entry in Directory.GetFileSystemEntries("/proc/thread-self/fd"))
            {
                int number = int.Parse(Path.GetFileName(entry), CultureInfo.InvariantCulture);
                if (number != _theirs && number != empty && new FileInfo(entry).LinkTarget is { } file && !Kept.Any(kept => file.Contains(kept, StringComparison.Ordinal)))
                {
                    _ = Duplicate(empty, number, CloseOnExec);
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

    private sealed record Request(Func<int, int, int> Start, TaskCompletionSource<int> Started);

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "dup3")]
    private static partial int Duplicate(int from, int to, int flags);

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    private static partial int SetSignalMask(int how, void* signals, void* before);
}
