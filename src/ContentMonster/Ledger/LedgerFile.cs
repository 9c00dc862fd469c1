using System.Runtime.InteropServices;

namespace ContentMonster.Ledger;

/// <summary>The ledger as a file: ours alone, no link, on a disk of this machine.</summary>
internal static partial class LedgerFile
{
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint WantOwner = 0x8;
    private const uint WantType = 0x1;
    private const int TypeBits = 0xF000;
    private const int RegularFile = 0x8000;
    private const uint WantInode = 0x100;
    private const int ErrorNoEntry = 2;
    private const int ErrorNotDirectory = 20;

    private static readonly string[] NetworkFormats = ["nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afs", "coda", "ncp", "9p"];

    public static FileStreamOptions PrivateFile(FileMode mode, FileAccess access)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    /// <summary>Makes the folder, for us alone, where it is missing.</summary>
    /// <exception cref="LedgerRefusedException">It cannot be made.</exception>
    public static void MakeFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            return;
        }

        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new LedgerRefusedException($"Could not make {folder}, the folder of the ledger ({trouble.Message.TrimEnd('.')}). Make it for the user that runs this, or name a file elsewhere as Database.", trouble);
        }
    }

    /// <summary>Makes a file durable and gives it its name, which nothing has.</summary>
    /// <exception cref="IOException">It could not be done.</exception>
    public static void Finish(string unfinished, string path)
    {
        using (FileStream file = new(unfinished, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.Flush(flushToDisk: true);
        }

        if (Rename(unfinished, path) != 0)
        {
            throw new IOException($"Could not rename {unfinished} to {path}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Makes the file, for us alone, where there is none.</summary>
    public static void Prepare(string path)
    {
        RefuseForeign(path);
        if (!File.Exists(path))
        {
            using FileStream made = new(path, PrivateFile(FileMode.CreateNew, FileAccess.ReadWrite));
        }
    }

    /// <summary>Takes a ledger that is known to be ours from all others, and what SQLite has made beside it with its rights.</summary>
    public static void MakePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        foreach (string beside in new[] { path + "-wal", path + "-shm" }.Where(File.Exists))
        {
            File.SetUnixFileMode(beside, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    public static void RefuseForeign(string path)
    {
        RefuseLink(path);
        RefuseOtherKinds(path);
        if (OperatingSystem.IsLinux() && OwnerOf(path) is { } owner && owner != EffectiveUser())
        {
            throw new LedgerRefusedException(
                $"Could not use {path}, because it belongs to user id {owner} and this process runs as {EffectiveUser()}. Start the daemon as the user it belongs to.");
        }
    }

    /// <summary>Links may lead elsewhere from one moment to the next, or, as one of them alone, nowhere.</summary>
    public static void RefuseLink(string path)
    {
        if (new FileInfo(path).LinkTarget is { } target)
        {
            string nowhere = LeadsNowhere(path) ? ", where there is nothing" : "";
            throw new LedgerRefusedException($"Could not use {path}, because it is a symbolic link to {target}{nowhere}. Name the file itself as Database.");
        }
    }

    /// <summary>Nothing but a file can be a ledger. Of a device the rights would be changed, for all who use it.</summary>
    public static void RefuseOtherKinds(string path)
    {
        if (Directory.Exists(path))
        {
            throw new LedgerRefusedException($"Could not use {path}, because it is a directory. Name a file as Database.");
        }

        if (!IsRegularOrAbsent(path))
        {
            throw new LedgerRefusedException($"Could not use {path}, because it is no file, but a device, a socket or a pipe. Name a file as Database.");
        }
    }

    /// <summary>SQLite's write-ahead log needs memory shared by all who open the file: https://www.sqlite.org/wal.html.</summary>
    public static void RefuseNetworkDisk(string path, string format)
    {
        if (NetworkFormats.Contains(format, StringComparer.OrdinalIgnoreCase))
        {
            throw new LedgerRefusedException(
                $"Could not use {path} as the ledger, because it lies on a network file system ({format}), where it could be damaged. Name a file on a disk of this machine as Database.");
        }
    }

    public static string FormatOf(string folder)
    {
        try
        {
            return new DriveInfo(folder).DriveFormat;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "";
        }
    }

    /// <summary>What this process may still write there; null where the system does not tell.</summary>
    public static long? FreeBytes(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>What stands there, or that nothing does; null where the system does not tell.</summary>
    public static unsafe FileIdentity? IdentityOf(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        // stx_ino at offset 32, stx_dev_major and stx_dev_minor at 136.
        byte* found = stackalloc byte[256];
        if (StatX(CurrentDirectory, path, NoFollow, WantInode, found) == 0)
        {
            return new FileIdentity(Exists: true, *(uint*)(found + 136), *(uint*)(found + 140), *(ulong*)(found + 32));
        }

        return Marshal.GetLastPInvokeError() is ErrorNoEntry or ErrorNotDirectory ? default(FileIdentity) : null;
    }

    /// <summary>Null where there is no such file, or the system does not tell.</summary>
    private static unsafe uint? OwnerOf(string path)
    {
        // struct statx is the same on every architecture: 256 bytes, stx_uid at offset 20.
        byte* found = stackalloc byte[256];
        return StatX(CurrentDirectory, path, NoFollow, WantOwner, found) == 0 ? *(uint*)(found + 20) : null;
    }

    /// <summary>True, too, where the system does not tell. Links are followed, as whoever opens it does.</summary>
    public static unsafe bool IsRegularOrAbsent(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        // stx_mode at offset 28.
        byte* found = stackalloc byte[256];
        return StatX(CurrentDirectory, path, 0, WantType, found) != 0 || (*(ushort*)(found + 28) & TypeBits) == RegularFile;
    }

    private static unsafe bool LeadsNowhere(string link)
    {
        byte* found = stackalloc byte[256];
        return OperatingSystem.IsLinux() && StatX(CurrentDirectory, link, 0, WantType, found) != 0 && Marshal.GetLastPInvokeError() is ErrorNoEntry or ErrorNotDirectory;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static unsafe partial int StatX(int directory, string path, int flags, uint mask, byte* found);

    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Rename(string from, string to);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
