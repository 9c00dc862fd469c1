using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ContentMonster.Sftp.Process;

// Implementation notes
//
// With ProxyUseFdpass=yes ssh waits at a socket pair for one descriptor (SCM_RIGHTS) from its ProxyCommand. Here that command is a shell that tells its
// process id on standard error and then only sleeps: its end of the pair is fetched with pidfd_getfd(2), the connection sent over it from here, and the
// sleeper ended. So the connection is opened while ssh is still starting, and no program of ours has to be started for it (SocketOpener, about 0.16 CPU
// seconds). pidfd_getfd needs the right to trace (ptrace(2)): Yama grants it over one's own descendants, some sandboxes never. It is tried once, on
// a child of our own; where it is refused, then or later, the opener does the work from the next connection on.
//
// Whatever ssh and its command say before they have the descriptor comes from this machine. The sleeper ends by itself if nobody is left to end it.

/// <summary>Opens the connection for one ssh and hands it over.</summary>
internal static partial class SocketHandover
{
    private const string Mark = "contentmonster-socket ";

    // Both are the pair; the shell has the other one aimed at standard error while it tells its id.
    private const int StandardInput = 0;

    // The same on all architectures.
    private const int SendSignal = 424;
    private const int OpenProcess = 434;
    private const int FetchDescriptor = 438;

    // ssh reads its configuration before, which may run programs.
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(20);
    private static readonly Lazy<bool> Tried = new(TryOnChild);
    private static volatile bool refused;

    /// <summary>Whether this system lets us do so.</summary>
    public static bool Works => SshTarget.CanOpenSockets && !refused && Tried.Value;

    /// <summary>The ProxyCommand: fixed words and a number.</summary>
    public static string CommandFor(TimeSpan patience) =>
        string.Create(CultureInfo.InvariantCulture, $"/bin/sh -c 'echo {Mark}$$ >&2; exec sleep {Math.Ceiling((patience + LongestStart).TotalSeconds)}'");

    /// <summary>
    /// Connects, waits until ssh is ready, and hands over. Never faults: what goes wrong is added to what the child said, in ssh's own words, and ends it.
    /// Returns our own descriptor of the connection, which then does not end before that is closed; null where nothing was handed over.
    /// </summary>
    /// <param name="order">Where to, and how.</param>
    /// <param name="session">The process id of ssh, which leads a session of its own.</param>
    /// <param name="error">What the child says.</param>
    /// <param name="exited">Completes with the child.</param>
    /// <param name="knock">Told of the connection's first packet.</param>
    public static async Task<Socket?> RunAsync(SocketOrder order, int session, ErrorTail error, Task exited, Knock knock)
    {
        using var over = new CancellationTokenSource(order.Patience + LongestStart);
        Task<string> told = error.AfterAsync(Mark);
        Task<Socket> connecting = SocketConnector.ConnectAsync(order, TimeProvider.System, knock, over.Token);
        Socket? handed = null;
        try
        {
            await Task.WhenAny(told, exited).WaitAsync(over.Token).ConfigureAwait(false);
            if (told.IsCompletedSuccessfully && int.TryParse(await told.ConfigureAwait(false), NumberStyles.None, CultureInfo.InvariantCulture, out int sleeper) && Posix.GetSession(sleeper) == session)
            {
                handed = await HandOverAsync(sleeper, order, error, connecting, exited).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // ssh never asked for it; the sleeper, if there is one, ends by itself.
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            if (handed is null)
            {
                _ = connecting.ContinueWith(static late => late.Exception ?? Close(late.Result), CancellationToken.None, TaskContinuationOptions.NotOnCanceled, TaskScheduler.Default);
            }
        }

        return handed;
    }

    private static async Task<Socket?> HandOverAsync(int sleeper, SocketOrder order, ErrorTail error, Task<Socket> connecting, Task exited)
    {
        using SafeFileHandle process = Open(OpenProcess, sleeper, 0);
        try
        {
            using SafeFileHandle pair = Open(FetchDescriptor, (int)process.DangerousGetHandle(), StandardInput);
            if (pair.IsInvalid)
            {
                int trouble = Marshal.GetLastPInvokeError();
                refused |= trouble == Posix.ErrorNotPermitted;
                error.Say($"Could not take a descriptor from the child of ssh: {Marshal.GetPInvokeErrorMessage(trouble)}");
                return null;
            }

            if (await Task.WhenAny(connecting, exited).ConfigureAwait(false) == connecting)
            {
                Socket socket = await connecting.ConfigureAwait(false);
                DescriptorPass.Send((int)pair.DangerousGetHandle(), (int)socket.Handle);
                return socket;
            }
        }
        catch (SocketException trouble)
        {
            error.Say(SocketConnector.Words(order, trouble));
        }
        catch (IOException trouble)
        {
            error.Say(trouble.Message);
        }
        finally
        {
            // ssh waits for it, with the descriptor or without.
            _ = Posix.SystemCall(SendSignal, (int)process.DangerousGetHandle(), Posix.SignalTerminate, 0, 0);
        }

        return null;
    }

    private static Exception? Close(Socket socket)
    {
        socket.Dispose();
        return null;
    }

    private static bool TryOnChild()
    {
        try
        {
            (int child, Socket transport, Socket error) = PosixSpawn.Start("sleep", ["10"], SshEnvironment.Plain());
            using (transport)
            using (error)
            {
                Task<int?> ended = ChildReaper.Adopt(child);
                using SafeFileHandle process = Open(OpenProcess, child, 0);
                using SafeFileHandle fetched = process.IsInvalid ? process : Open(FetchDescriptor, (int)process.DangerousGetHandle(), StandardInput);
                ChildReaper.Signal(child, Posix.SignalKill);
                return !fetched.IsInvalid && !process.IsInvalid;
            }
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static SafeFileHandle Open(int call, int subject, int argument) => new(Posix.SystemCall(call, subject, argument, 0, 0), ownsHandle: true);
}
