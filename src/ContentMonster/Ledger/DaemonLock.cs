using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ContentMonster.Ledger;

/// <summary>
/// The file PATH.lock, locked for as long as the daemon lives, with its process id inside. The file stays when the lock goes: removing it would
/// let two daemons lock two files of the same name.
/// </summary>
internal sealed partial class DaemonLock : IDisposable
{
    private const int ReadOnly = 0;

    // EROFS, as .NET hands it on in HResult on Unix.
    private const int ReadOnlyFileSystem = 30;

    // EWOULDBLOCK, in the same way: somebody has it locked.
    private const int WouldBlock = 11;

    // More than any process id and its line end.
    private const int LongestContent = 16;

    private readonly FileStream _file;

    private DaemonLock(FileStream file)
    {
        _file = file;

        // A process whose files lie on a file system that hangs does not come to its end, and the kernel holds on to the lock until then.
        AppDomain.CurrentDomain.ProcessExit += LetGo;
    }

    public static string PathOf(string ledgerPath) => ledgerPath + ".lock";

    public static DaemonLock Take(string ledgerPath)
    {
        string path = PathOf(ledgerPath);
        RefuseForeign(ledgerPath);
        LedgerFile.RefuseForeign(path);
        FileStream file;
        try
        {
            // FileShare.None is flock(LOCK_EX | LOCK_NB) on Unix: the kernel lets go of it when the process dies, however it dies.
            file = new FileStream(path, LedgerFile.PrivateFile(FileMode.OpenOrCreate, FileAccess.ReadWrite));
        }
        catch (IOException readOnly) when (readOnly.HResult == ReadOnlyFileSystem)
        {
            throw new LedgerRefusedException($"Could not use {ledgerPath} as the ledger, because it lies on a file system that is read-only. Make it writable, or name a file elsewhere as Database.");
        }
        catch (UnauthorizedAccessException notAllowed)
        {
            throw new LedgerRefusedException($"Could not use {ledgerPath} as the ledger, because the user that runs this may not write {path}. Give it and its folder to that user, or name a file elsewhere as Database.", notAllowed);
        }
        catch (IOException busy) when (File.Exists(path) && (!OperatingSystem.IsLinux() || busy.HResult == WouldBlock))
        {
            int? owner = ReadOwner(path);
            string who = owner is null ? "another daemon" : $"the daemon with process id {owner}";
            throw new LedgerInUseException($"Could not open the ledger {ledgerPath}, because {who} uses it. Stop that one first.", owner);
        }
        catch (IOException trouble)
        {
            throw Unusable(ledgerPath, path, trouble);
        }

        try
        {
            // Behind the lock nobody has the ledger open. A stranger's file of this name is left as it is where the ledger is a stranger's, too.
            LedgerHeader.RefuseForeign(ledgerPath);
            file.SetLength(0);
            file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"));
            file.Flush();
            return new DaemonLock(file);
        }
        catch (IOException trouble) when (trouble is not LedgerException)
        {
            file.Dispose();
            throw Unusable(ledgerPath, path, trouble);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The process that wrote its id last; it may be long gone. Nothing is locked by asking.</summary>
    public static int? LastOwner(string ledgerPath) => OperatingSystem.IsWindows() || !File.Exists(PathOf(ledgerPath)) || !LedgerFile.IsRegularOrAbsent(PathOf(ledgerPath)) ? null : ReadOwner(PathOf(ledgerPath));

    public void Dispose()
    {
        _file.Dispose();
        AppDomain.CurrentDomain.ProcessExit -= LetGo;
    }

    private void LetGo(object? sender, EventArgs e) => _file.Dispose();

    /// <summary>Nothing is changed, nor waited for, by asking.</summary>
    /// <exception cref="LedgerRefusedException">What has the lock's name is something else.</exception>
    public static void RefuseForeign(string ledgerPath)
    {
        string path = PathOf(ledgerPath);
        if (new FileInfo(path).LinkTarget is not null || Directory.Exists(path) || !LedgerFile.IsRegularOrAbsent(path))
        {
            throw new LedgerRefusedException($"Could not lock the ledger, because {path} is a symbolic link, a directory, a device or a pipe: remove what stands there.");
        }

        if (File.Exists(path) && !OperatingSystem.IsWindows() && Content(path) is { } content && !IsOurs(content))
        {
            throw new LedgerRefusedException($"Could not lock the ledger, because {path} holds something else than a process id, so that it seems to belong to another program. Name another file as Database, or move {path} away if nobody needs it.");
        }
    }

    // A daemon that ended in mid-start left nothing, a power cut perhaps zeros.
    private static bool IsOurs(ReadOnlySpan<byte> content) =>
        content.Length < LongestContent && (!content.ContainsAnyExcept((byte)0) || (content[^1] == '\n' && content.Length > 1 && !content[..^1].ContainsAnyExceptInRange((byte)'0', (byte)'9')));

    private static LedgerRefusedException Unusable(string ledgerPath, string path, IOException trouble) =>
        new($"Could not use {ledgerPath} as the ledger, because {path} could not be written ({trouble.Message.TrimEnd('.')}). Mend that, or name a file elsewhere as Database.", trouble);

    /// <summary>.NET asks for a shared lock whenever it opens a file for reading, so the owner's id is read past it.</summary>
    private static byte[]? Content(string path)
    {
        using SafeFileHandle handle = Open(path, ReadOnly);
        if (handle.IsInvalid)
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[LongestContent];
        return bytes[..RandomAccess.Read(handle, bytes, 0)].ToArray();
    }

    private static int? ReadOwner(string path) =>
        int.TryParse(Content(path).AsSpan().TrimEnd((byte)'\n'), CultureInfo.InvariantCulture, out int id) ? id : null;

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle Open(string path, int flags);
}
