using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ContentMonster.Daemon.Hosting;

/// <summary>
/// The address of a Unix socket however deep its folder lies: sockaddr_un holds 107 bytes, so on Linux the folder is held by a descriptor
/// and named as /proc/self/fd/N. Valid until disposed.
/// </summary>
internal sealed partial class UnixAddress : IDisposable
{
    private const int LongestPlainPath = 100;
    private const int PathOnly = 0x200000; // O_PATH, the same number wherever .NET runs on Linux
    private const int CloseOnExec = 0x80000; // O_CLOEXEC

    private readonly SafeFileHandle? _folder;

    private UnixAddress(string path, SafeFileHandle? folder)
    {
        EndPoint = new(path);
        _folder = folder;
    }

    public UnixDomainSocketEndPoint EndPoint { get; }

    public static UnixAddress Of(string path)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(path) <= LongestPlainPath || !OperatingSystem.IsLinux())
        {
            return new(path, null);
        }

        string folderPath = Path.GetDirectoryName(path) ?? "/";
        int descriptor = open(folderPath, PathOnly | CloseOnExec);
        if (descriptor < 0)
        {
            throw new IOException($"Could not open {folderPath}, because {Marshal.GetLastPInvokeErrorMessage()}.");
        }

        var folder = new SafeFileHandle(descriptor, ownsHandle: true);
        return new(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}/{Path.GetFileName(path)}"), folder);
    }

    public void Dispose() => _folder?.Dispose();

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int open(string path, int flags);
}
