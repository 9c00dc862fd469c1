using System.Runtime.InteropServices;
using ContentMonster.Model;

namespace ContentMonster.Shore;

/// <summary>
/// A watched directory, held by a descriptor: whatever happens to the path above it, all that is listed, opened and moved through this
/// object stays below it. Names are bytes, links are never followed. Linux by system calls; elsewhere by System.IO, as good as that can be.
/// </summary>
internal abstract class ShoreRoot : IDisposable
{
    /// <summary>Holds an existing directory; a <see cref="ShoreException"/> where there is none.</summary>
    /// <param name="location">Its path.</param>
    /// <param name="spared">So many descriptors have to be left to this process.</param>
    public static ShoreRoot Open(string location, int spared = 0) =>
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64
            ? LinuxShoreRoot.Open(location, LinuxAbilities.All, spared)
            : PortableShoreRoot.Open(location);

    public abstract string Location { get; }

    /// <summary>Whether Location still names the directory that is held (false: unmounted, replaced, renamed, removed).</summary>
    public abstract bool StillThere();

    /// <summary>NFS, CIFS, FUSE and the like: no events from others' writes, no reliable leases.</summary>
    public abstract bool IsNetworkFileSystem { get; }

    /// <summary>Whether the change time in a stamp is one that this machine's own clock wrote and that nobody can put back.</summary>
    public abstract bool KeepsChangeTime { get; }

    /// <summary>Whether a file's device is that of the directory it lies in (not so in overlayfs), so that another one means another mount.</summary>
    public virtual bool FilesHaveDeviceOfDirectory => true;

    /// <summary>Entries of a directory (empty path: Location itself) without "." and ".."; streamed, so that a directory of a million names costs no memory. The directory's absence is a <see cref="ShoreException"/> Missing.</summary>
    public abstract IEnumerable<ShoreEntry> List(BytePath directory);

    /// <summary>Null where there is nothing.</summary>
    public abstract ShoreLook? Look(BytePath path);

    /// <summary>Opens a regular file for reading; everything else is a <see cref="ShoreException"/>, also a hard link that is another owner's.</summary>
    public abstract ShoreFile OpenFile(BytePath path);

    /// <summary>
    /// Opens a regular file that was just looked at, asks whether somebody writes to it, and then looks at it: a writer that came and went in between
    /// has left its mark in the stamp.
    /// </summary>
    public virtual (WriterVerdict Verdict, FileStamp Stamp) Probe(BytePath path)
    {
        using ShoreFile file = OpenFile(path);
        return (file.ProbeWriter(), file.CurrentStamp());
    }

    /// <summary>
    /// From now on directories on the way are kept open from call to call, where that is cheaper. For a batch of calls by one task; a directory that is
    /// moved meanwhile is seen where it was until <see cref="LetGoOfFolders"/>.
    /// </summary>
    public virtual void HoldFolders()
    {
        // Nothing to gain elsewhere.
    }

    public virtual void LetGoOfFolders()
    {
        // Nothing is held.
    }

    /// <summary>Renames within Location, making missing parents of <paramref name="to"/>; false where <paramref name="to"/> exists. Never replaces.</summary>
    public abstract bool Move(BytePath from, BytePath to);

    /// <summary>Removes a file if it still has this stamp; false where it has not or is gone.</summary>
    public abstract bool Delete(BytePath path, FileStamp expected);

    /// <summary>fsync of a directory.</summary>
    public abstract void Sync(BytePath directory);

    public abstract void Dispose();
}
