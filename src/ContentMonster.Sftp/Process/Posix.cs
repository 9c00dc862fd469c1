using System.Runtime.InteropServices;

namespace ContentMonster.Sftp.Process;

/// <summary>The system calls that child processes need and .NET does not offer.</summary>
internal static unsafe partial class Posix
{
    public const int NoHang = 1;
    public const int ErrorNotPermitted = 1;
    public const int ErrorInterrupted = 4;
    public const int ErrorNoChild = 10;
    public const int ErrorTryAgain = 11; // on Linux
    public const int ErrorTooManyFiles = 24;
    public const int ErrorTimedOut = 110; // on Linux
    public const int ErrorInProgress = 115; // on Linux
    public const int SignalKill = 9;
    public const int SignalTerminate = 15;
    public const int UnixFamily = 1;
    public const int StreamSocket = 1;
    public const int BothWays = 2;

    /// <summary>Linux only: close-on-exec from the very start, so that a child started at this moment elsewhere cannot inherit it.</summary>
    public const int StreamSocketCloseOnExec = 0x80001;

    // Linux only, as are the two below.
    public const int DescriptorItself = 0x1100; // AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW
    public const uint TypeModeOwnerAndTime = 0x4B; // STATX_TYPE | STATX_MODE | STATX_UID | STATX_MTIME

    /// <summary>O_PATH | O_CLOEXEC | O_NOFOLLOW, the last of which differs by architecture: no link is followed, nothing is opened for reading.</summary>
    public static int WhateverItIs { get; } = 0x280000 | (RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000);

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    public static partial int SocketPair(int family, int type, int protocol, int* pair);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    public static partial int Connect(int socket, byte* address, uint length);

    /// <summary>Also of a socket that is connecting: connect returns.</summary>
    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    public static partial int Shutdown(int socket, int how);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int socket, byte* bytes, nuint count, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int socket, byte* bytes, nuint count, int flags);

    /// <summary>Linux only: sendfile(2).</summary>
    [LibraryImport("libc", EntryPoint = "sendfile", SetLastError = true)]
    public static partial nint SendFile(SafeHandle to, SafeHandle from, ref long offset, nuint count);

    // The request takes no further argument, so calling this variadic function as a plain one is sound.
    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int InputOutputControl(int descriptor, nuint request);

    // syscall(2) is variadic; on the 64-bit systems that it is called on such a call passes its arguments like any other.
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitPid(int pid, int* status, int options);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "getsid", SetLastError = true)]
    public static partial int GetSession(int pid);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "getpeereid", SetLastError = true)]
    public static partial int GetPeer(int descriptor, uint* user, uint* group);

    [LibraryImport("libc", EntryPoint = "mkdtemp", SetLastError = true)]
    public static partial byte* MakeTemporaryDirectory(byte* template);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    public static partial int OpenNamed(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    public static partial int Look(int directory, byte* path, int flags, uint mask, byte* look);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int RemoveIn(int directory, byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "rmdir", SetLastError = true)]
    public static partial int RemoveDirectory(byte* path);

    [LibraryImport("libc", EntryPoint = "posix_spawnp")]
    public static partial int Spawn(int* pid, byte* file, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int ActionsInit(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int ActionsDestroy(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int ActionsAddDuplicate(void* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static partial int AttributesInit(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    public static partial int AttributesDestroy(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static partial int AttributesSetFlags(void* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int AttributesSetDefaultSignals(void* attributes, void* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int AttributesSetSignalMask(void* attributes, void* signals);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    public static partial int FillSignals(void* signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    public static partial int EmptySignals(void* signals);

    [LibraryImport("libc", EntryPoint = "sigdelset")]
    public static partial int RemoveSignal(void* signals, int signal);
}
