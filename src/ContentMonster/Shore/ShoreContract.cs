using ContentMonster.Model;

namespace ContentMonster.Shore;

internal enum ShoreEntryKind { Regular, Directory, SymbolicLink, Fifo, Socket, Device, Unknown }

internal readonly record struct ShoreEntry(BytePath Name, ShoreEntryKind Kind);

/// <summary>What lstat says of a path.</summary>
internal readonly record struct ShoreLook(ShoreEntryKind Kind, FileStamp Stamp, int LinkCount, int OwnerId);

internal enum WriterVerdict { Free, Writing, Unknown }

internal enum ShoreFailure { Missing, NotADirectory, NotARegularFile, SymbolicLink, PermissionDenied, ForeignHardLink, TooLong, ReadFailed, OtherFileSystem, ReadOnly, NoSpace, Unsupported, Other }

/// <summary>The shore's file system said no; the message finishes "Could not ..., because ...".</summary>
internal sealed class ShoreException(ShoreFailure failure, string message, Exception? inner = null) : IOException(message, inner)
{
    public ShoreFailure Failure { get; } = failure;
}

/// <summary>
/// A watched directory, held by a descriptor: whatever happens to the path above it, all that is listed, opened and moved through this
/// object stays below it. Names are bytes, links are never followed. Linux by system calls; elsewhere by System.IO, as good as that can be.
/// </summary>
internal abstract class ShoreRoot : IDisposable
{
    public static ShoreRoot Open(string location) => throw new NotSupportedException();

    public abstract string Location { get; }

    /// <summary>Whether Location still names the directory that is held (false: unmounted, replaced, renamed, removed).</summary>
    public abstract bool StillThere();

    /// <summary>NFS, CIFS, FUSE and the like: no events from others' writes, no reliable leases.</summary>
    public abstract bool IsNetworkFileSystem { get; }

    /// <summary>Entries of a directory (empty path: Location itself) without "." and ".."; streamed, so that a directory of a million names costs no memory. The directory's absence is a <see cref="ShoreException"/> Missing.</summary>
    public abstract IEnumerable<ShoreEntry> List(BytePath directory);

    /// <summary>Null where there is nothing.</summary>
    public abstract ShoreLook? Look(BytePath path);

    /// <summary>Opens a regular file for reading; everything else is a <see cref="ShoreException"/>, also a hard link that is another owner's (FAULTS 3.6).</summary>
    public abstract ShoreFile OpenFile(BytePath path);

    /// <summary>Renames within Location, making missing parents of <paramref name="to"/>; false where <paramref name="to"/> exists. Never replaces.</summary>
    public abstract bool Move(BytePath from, BytePath to);

    /// <summary>Removes a file if it still has this stamp; false where it has not or is gone.</summary>
    public abstract bool Delete(BytePath path, FileStamp expected);

    /// <summary>fsync of a directory.</summary>
    public abstract void Sync(BytePath directory);

    public abstract void Dispose();
}

/// <summary>An open source file.</summary>
internal abstract class ShoreFile : IDisposable
{
    /// <summary>As it was when opened.</summary>
    public abstract FileStamp Stamp { get; }

    /// <summary>fstat now.</summary>
    public abstract FileStamp CurrentStamp();

    /// <summary>pread: fills the buffer unless the file ends before.</summary>
    public abstract int Read(long offset, Span<byte> buffer);

    /// <summary>Whether somebody has the file open for writing (a read lease is tried: fcntl(2), F_SETLEASE).</summary>
    public abstract WriterVerdict ProbeWriter();

    public abstract void Dispose();
}
