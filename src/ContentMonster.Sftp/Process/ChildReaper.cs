using System.Runtime.InteropServices;

namespace ContentMonster.Sftp.Process;

// Implementation notes
//
// SIGCHLD is one per process and its arrivals merge, so this is static: each arrival asks for each of our own children, and for no other (those of
// System.Diagnostics.Process belong to it). The timer is for arrivals that somebody else swallowed.
//
// A process id may be used again as soon as it is reaped. So signals go out under the same lock that reaping takes, to unreaped children only.

/// <summary>Waits for our own children, so that none stays a zombie.</summary>
internal static class ChildReaper
{
    private static readonly TimeSpan SlowRound = TimeSpan.FromSeconds(2);

    private static readonly Lock Gate = new();

    // Guarded by Gate.
    private static readonly Dictionary<int, TaskCompletionSource<int?>> Children = [];
    private static PosixSignalRegistration? signal;
    private static ITimer? timer;

    /// <summary>Takes over a child that was started; completes with its wait status (null where the system gave it to nobody).</summary>
    public static Task<int?> Adopt(int pid)
    {
        var ended = new TaskCompletionSource<int?>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (Gate)
        {
#pragma warning disable CA1416 // Only reached where PosixSpawn works.
            signal ??= PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => Sweep());
#pragma warning restore CA1416
            timer ??= TimeProvider.System.CreateTimer(_ => Sweep(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            timer.Change(SlowRound, SlowRound);
            Children.Add(pid, ended);
        }

        // It may have ended before it was known here, and its signal with it.
        Sweep();
        return ended.Task;
    }

    /// <summary>Signals the process group that a child of ours leads, as long as the child has not been reaped; false when it is gone.</summary>
    public static bool Signal(int pid, int number)
    {
        lock (Gate)
        {
            return Children.ContainsKey(pid) && Posix.Kill(-pid, number) == 0;
        }
    }

    private static unsafe void Sweep()
    {
        lock (Gate)
        {
            foreach ((int pid, TaskCompletionSource<int?> ended) in Children.ToArray())
            {
                int status;
                int found = Posix.WaitPid(pid, &status, Posix.NoHang);
                if (found == pid)
                {
                    Children.Remove(pid);
                    ended.TrySetResult(status);
                }
                else if (found < 0 && Marshal.GetLastPInvokeError() == Posix.ErrorNoChild)
                {
                    Children.Remove(pid);
                    ended.TrySetResult(null);
                }
            }

            if (Children.Count == 0)
            {
                timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }
}
