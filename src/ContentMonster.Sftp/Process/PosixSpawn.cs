using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace ContentMonster.Sftp.Process;

// Implementation notes
//
// Why not System.Diagnostics.Process: it cannot make a session (a terminal's Ctrl-C would kill every lane before we can close them in order), and its
// pipes are read by blocking threads. Here the child's standard input and output are one socket, ours an ordinary .NET Socket.
//
// Opaque structures: posix_spawnattr_t, posix_spawn_file_actions_t and sigset_t are 336, 80 and 128 bytes with glibc and musl and pointers or words
// elsewhere; 1 KiB of zeros is room for all of them.
//
// Signals: .NET ignores SIGPIPE and blocks nothing we know of, but whoever started us may have; the child begins with defaults and an empty mask.

/// <summary>Starts a child in a session of its own with sockets for its standard streams.</summary>
internal static unsafe class PosixSpawn
{
    private const int RoomInBytes = 1024;
    private const short SetSignalDefaults = 0x04;
    private const short SetSignalMask = 0x08;
    private const short SetSessionOnLinux = 0x80;
    private const short SetSessionOnMac = 0x0400;
    private const short CloseOnExecByDefaultOnMac = 0x4000;
    private const nuint CloseOnExecRequestOnMac = 0x20006601;

    private static readonly delegate* unmanaged<void*, int, int> AddCloseFrom = FindCloseFrom();

    public static bool Works => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    /// <summary>Our ends of the child's streams, and its process id; the caller has the child reaped.</summary>
    public static (int ProcessId, Socket Transport, Socket Error) Start(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        (Socket transport, int childTransport) = Pair(program);
        Socket? error = null;
        int childError = -1;
        try
        {
            (error, childError) = Pair(program);
            int pid = SpawnThread.Run(childTransport, childError, (forTransport, forError) => Spawn(program, arguments, environment, forTransport, forError));
            return (pid, transport, error);
        }
        catch
        {
            transport.Dispose();
            error?.Dispose();
            throw;
        }
        finally
        {
            _ = Posix.Close(childTransport);
            _ = childError < 0 ? 0 : Posix.Close(childError);
        }
    }

    private static (Socket Ours, int Child) Pair(string program)
    {
        int* pair = stackalloc int[2];
        int type = OperatingSystem.IsLinux() ? Posix.StreamSocketCloseOnExec : Posix.StreamSocket;
        if (Posix.SocketPair(Posix.UnixFamily, type, 0, pair) != 0)
        {
            throw Failure(program, Marshal.GetLastPInvokeError());
        }

        if (!OperatingSystem.IsLinux())
        {
            _ = Posix.InputOutputControl(pair[0], CloseOnExecRequestOnMac);
            _ = Posix.InputOutputControl(pair[1], CloseOnExecRequestOnMac);
        }

        return (new Socket(new SafeSocketHandle(pair[0], ownsHandle: true)), pair[1]);
    }

    // Negative: there was no room for another.
    private static int Spawn(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, int transport, int error)
    {
        if (transport < 0 || error < 0)
        {
            throw Failure(program, Posix.ErrorTooManyFiles);
        }

        byte* actions = stackalloc byte[RoomInBytes];
        byte* attributes = stackalloc byte[RoomInBytes];
        byte* signals = stackalloc byte[RoomInBytes];
        new Span<byte>(actions, RoomInBytes).Clear();
        new Span<byte>(attributes, RoomInBytes).Clear();
        new Span<byte>(signals, RoomInBytes).Clear();
        _ = Posix.ActionsInit(actions);
        _ = Posix.AttributesInit(attributes);
        byte** argumentVector = Vector([program, .. arguments]);
        byte** environmentVector = Vector([.. environment.Select(pair => $"{pair.Key}={pair.Value}")]);
        try
        {
            Describe(actions, attributes, signals, transport, error);
            int pid;
            int failure = Posix.Spawn(&pid, argumentVector[0], actions, attributes, argumentVector, environmentVector);
            return failure == 0 ? pid : throw Failure(program, failure);
        }
        finally
        {
            _ = Posix.ActionsDestroy(actions);
            _ = Posix.AttributesDestroy(attributes);
            Free(argumentVector);
            Free(environmentVector);
        }
    }

    private static void Describe(byte* actions, byte* attributes, byte* signals, int transport, int error)
    {
        _ = Posix.ActionsAddDuplicate(actions, transport, 0);
        _ = Posix.ActionsAddDuplicate(actions, transport, 1);
        _ = Posix.ActionsAddDuplicate(actions, error, 2);
        if (AddCloseFrom != null)
        {
            // Descriptors that a library opened without close-on-exec stay here too.
            _ = AddCloseFrom(actions, 3);
        }

        _ = Posix.EmptySignals(signals);
        _ = Posix.AttributesSetSignalMask(attributes, signals);
        _ = Posix.FillSignals(signals);
        _ = Posix.RemoveSignal(signals, Posix.SignalKill);
        _ = Posix.RemoveSignal(signals, OperatingSystem.IsLinux() ? 19 : 17); // SIGSTOP, which cannot be set either
        _ = Posix.AttributesSetDefaultSignals(attributes, signals);
        short session = OperatingSystem.IsLinux() ? SetSessionOnLinux : (short)(SetSessionOnMac | CloseOnExecByDefaultOnMac);
        _ = Posix.AttributesSetFlags(attributes, (short)(SetSignalDefaults | SetSignalMask | session));
    }

    private static byte** Vector(string[] words)
    {
        var vector = (byte**)NativeMemory.AllocZeroed((nuint)words.Length + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < words.Length; i++)
        {
            if (words[i].Contains('\0', StringComparison.Ordinal))
            {
                Free(vector);
                throw new ArgumentException("An argument or variable for a program must not hold a zero character.", nameof(words));
            }

            int length = Encoding.UTF8.GetByteCount(words[i]);
            vector[i] = (byte*)NativeMemory.AllocZeroed((nuint)length + 1);
            Encoding.UTF8.GetBytes(words[i], new Span<byte>(vector[i], length));
        }

        return vector;
    }

    private static void Free(byte** vector)
    {
        for (byte** word = vector; *word != null; word++)
        {
            NativeMemory.Free(*word);
        }

        NativeMemory.Free(vector);
    }

    // glibc has it since 2.34; elsewhere close-on-exec alone has to do.
    private static delegate* unmanaged<void*, int, int> FindCloseFrom() =>
        OperatingSystem.IsLinux()
        && NativeLibrary.TryLoad("libc", typeof(PosixSpawn).Assembly, searchPath: null, out nint library)
        && NativeLibrary.TryGetExport(library, "posix_spawn_file_actions_addclosefrom_np", out nint address)
            ? (delegate* unmanaged<void*, int, int>)address
            : null;

    private static SshStartException Failure(string program, int error) => new(program, error, new Win32Exception(error).Message);
}
