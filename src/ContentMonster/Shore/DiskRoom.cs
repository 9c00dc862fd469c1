using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ContentMonster.Model;
using Microsoft.Win32.SafeHandles;

namespace ContentMonster.Shore;

/// <summary>Whether a folder's disk takes something more, tried with a file that has no name: nothing of it stays, also where the process is killed.</summary>
internal static class DiskRoom
{
    private const int ReadAndWrite = 2;
    private const int OwnerAlone = 0x180;

    /// <summary>Writes so much, makes it durable and lets go of it.</summary>
    /// <returns>Whether that could be tried (not on another system than Linux, by a user who may not, or on every file system), and what was in the way.</returns>
    public static (bool Tried, ShoreFailure? Failure) Try(string folder, int bytes)
    {
        using SafeFileHandle? file = OpenNameless(folder, out int errno);
        if (file is null)
        {
            return errno is Errno.NoSpace or Errno.QuotaExceeded or Errno.ReadOnly ? (true, Errno.Failure(errno)) : (false, null);
        }

        try
        {
            // Some file systems take zeros, or what compresses, for less than it is.
            RandomAccess.Write(file, RandomNumberGenerator.GetBytes(bytes), 0);
            RandomAccess.FlushToDisk(file);
            return (true, null);
        }
        catch (IOException trouble)
        {
            // On Unix .NET hands errno on in HResult.
            return (true, Errno.Failure(trouble.HResult));
        }
    }

    private static unsafe SafeFileHandle? OpenNameless(string folder, out int errno)
    {
        errno = 0;
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        fixed (byte* text = LinuxCall.Terminated(BytePath.FromText(folder).Span))
        {
            int opened = Libc.Open(text, LinuxNumbers.Nameless | LinuxNumbers.CloseOnExec | ReadAndWrite, OwnerAlone);
            errno = opened < 0 ? Marshal.GetLastPInvokeError() : 0;
            return opened < 0 ? null : new SafeFileHandle(opened, ownsHandle: true);
        }
    }
}
