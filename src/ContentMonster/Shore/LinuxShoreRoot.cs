using System.Runtime.InteropServices;
using ContentMonster.Model;

namespace ContentMonster.Shore;

/// <summary>
/// Implementation notes.
/// One way for all: the parent directory is opened below the held descriptor and through no link (<see cref="LinuxWalk"/>), then one call
/// works on one name in it. Who swaps a parent for a link wins nothing: either the walk refuses, or the work happens in the directory that
/// was there. The descriptor keeps a mount busy: `umount` says so, `umount -l` works and is noticed by <see cref="StillThere"/>.
/// A batch of work keeps such parents open from file to file (<see cref="HeldFolders"/>); every name in them is still looked up anew.
/// </summary>
internal sealed class LinuxShoreRoot : ShoreRoot
{
    private readonly Descriptor _root;
    private readonly StatxRecord _held;
    private readonly LinuxWalk _walk;
    private readonly LinuxMove _move;
    private readonly HeldFolders _folders = new();

    private LinuxShoreRoot(string location, Descriptor root, StatxRecord held, LinuxAbilities abilities)
    {
        Location = location;
        _root = root;
        _held = held;
        _walk = new(root, abilities);
        _move = new(this, _folders, abilities);
        IsNetworkFileSystem = NetworkFileSystem.Holds(root);
        FilesHaveDeviceOfDirectory = !NetworkFileSystem.IsOverlay(root);
    }

    public override string Location { get; }

    public override bool IsNetworkFileSystem { get; }

    public override bool FilesHaveDeviceOfDirectory { get; }

    public override bool KeepsChangeTime => !IsNetworkFileSystem;

    public static unsafe LinuxShoreRoot Open(string location, LinuxAbilities abilities, int spared = 0)
    {
        int opened;
        fixed (byte* path = LinuxCall.Terminated(BytePath.FromText(location).Span))
        {
            opened = Libc.Open(path, LinuxNumbers.Directory | LinuxNumbers.CloseOnExec, 0);
        }

        int errno = opened < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (opened >= 0 && OpenFiles.IsOfTheLast(opened, spared))
        {
            _ = Libc.Close(opened);
            (opened, errno) = (-1, Errno.TooManyFiles);
        }

        Descriptor root = opened < 0 ? throw Trouble("watch", BytePath.FromText(location), errno) : new(opened);
        errno = LinuxCall.Stat(root, out StatxRecord held);
        if (errno != 0)
        {
            root.Dispose();
            throw Trouble("watch", BytePath.FromText(location), errno);
        }

        return new(location, root, held, abilities);
    }

    public override bool StillThere() =>
        LinuxCall.StatLocation(BytePath.FromText(Location).Span, out StatxRecord now) == 0 && now.SameDirectory(_held);

    public override IEnumerable<ShoreEntry> List(BytePath directory)
    {
        using Descriptor open = OpenDirectory(directory, forReading: true);
        using var listing = new LinuxListing(open, directory);
        while (listing.Next(out ShoreEntry entry))
        {
            yield return entry;
        }
    }

    public override ShoreLook? Look(BytePath path)
    {
        int errno = LookInto(path, out StatxRecord record);
        return errno switch
        {
            0 => record.Look,
            Errno.NoEntry or Errno.NotADirectory or Errno.TooManyLinks => null,
            _ => throw Trouble("look at", path, errno),
        };
    }

    public override void HoldFolders() => _folders.Begin();

    public override void LetGoOfFolders() => _folders.End();

    public override ShoreFile OpenFile(BytePath path)
    {
        using Folder parent = OpenParent(path, "open", out ReadOnlySpan<byte> name);

        // Looked at before it is opened: opening a device or a fifo can do things.
        int errno = LinuxCall.Stat(parent.Open, name, out StatxRecord seen);
        if (errno != 0)
        {
            throw Trouble("open", path, errno);
        }

        RefuseUnlessOurs(path, seen);
        Descriptor file = LinuxCall.Open(parent.Open, name, LinuxNumbers.NoFollow | LinuxNumbers.NonBlocking, out errno) ?? throw Trouble("open", path, errno);
        try
        {
            return new LinuxShoreFile(file, path, LookAtOpen(file, path).Stamp, IsNetworkFileSystem);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public override (WriterVerdict Verdict, FileStamp Stamp) Probe(BytePath path)
    {
        using Folder parent = OpenParent(path, "open", out ReadOnlySpan<byte> name);
        using Descriptor file = LinuxCall.Open(parent.Open, name, LinuxNumbers.NoFollow | LinuxNumbers.NonBlocking, out int errno) ?? throw Trouble("open", path, errno);
        WriterVerdict verdict = LinuxShoreFile.Probe(file);
        return (verdict, LookAtOpen(file, path).Stamp);
    }

    public override bool Move(BytePath from, BytePath to) => _move.Move(from, to);

    public override bool Delete(BytePath path, FileStamp expected)
    {
        using Folder parent = OpenParentIfThere(path, out ReadOnlySpan<byte> name, out int errno);
        if (errno == 0)
        {
            errno = LinuxCall.Stat(parent.Open, name, out StatxRecord seen);
            if (errno == 0 && (seen.Kind != ShoreEntryKind.Regular || seen.Stamp != expected))
            {
                return false;
            }

            errno = errno == 0 ? LinuxCall.Unlink(parent.Open, name) : errno;
        }

        return errno switch
        {
            0 => true,
            Errno.NoEntry or Errno.NotADirectory or Errno.TooManyLinks => false,
            _ => throw Trouble("remove", path, errno),
        };
    }

    public override void Sync(BytePath directory)
    {
        using Descriptor open = OpenDirectory(directory, forReading: true);
        int errno = LinuxCall.Sync(open);

        // EINVAL and the like: a file system that has no fsync of directories, and none to wait for.
        if (errno != 0 && Errno.Failure(errno) != ShoreFailure.Unsupported)
        {
            throw Trouble("make durable", directory, errno);
        }
    }

    public override void Dispose()
    {
        _folders.End();
        _root.Dispose();
    }

    /// <summary>A directory below, or Location itself, to be used with other calls.</summary>
    internal Descriptor OpenDirectory(BytePath directory, bool forReading)
    {
        int flags = forReading ? 0 : LinuxNumbers.PathOnly;
        int errno;
        Descriptor? open = directory.IsEmpty
            ? LinuxCall.Open(_root, "."u8, flags | LinuxNumbers.Directory, out errno)
            : _walk.Open(directory.Span, flags, out errno);
        return open ?? throw Trouble("read the directory", directory, errno);
    }

    /// <summary>With an errno there is none.</summary>
    internal Folder OpenParentIfThere(BytePath path, out ReadOnlySpan<byte> name, out int errno)
    {
        ReadOnlySpan<byte> parent = LinuxWalk.Split(path, out name);
        errno = name.IsEmpty || name.SequenceEqual(".."u8) || name.SequenceEqual("."u8) ? Errno.NoEntry : 0;
        if (errno != 0 || parent.IsEmpty)
        {
            return new(_root, own: false);
        }

        if (!_folders.Wanted)
        {
            return new(_walk.Open(parent, LinuxNumbers.PathOnly, out errno) ?? _root, own: errno == 0);
        }

        Descriptor? open = _folders.Find(parent);
        if (open is null)
        {
            open = _walk.Open(parent, LinuxNumbers.PathOnly, out errno);
            if (open is not null)
            {
                _folders.Keep(parent, open);
            }
        }

        return new(open ?? _root, own: false);
    }

    internal Folder OpenParent(BytePath path, string what, out ReadOnlySpan<byte> name)
    {
        Folder parent = OpenParentIfThere(path, out name, out int errno);
        if (errno == 0)
        {
            return parent;
        }

        parent.Dispose();
        throw Trouble(what, path, errno);
    }

    internal static ShoreException Trouble(string what, BytePath path, int errno) =>
        new(Errno.Failure(errno), $"Could not {what} {path}, because {Errno.Words(errno)}.");

    private int LookInto(BytePath path, out StatxRecord record)
    {
        if (path.IsEmpty)
        {
            return LinuxCall.Stat(_root, out record);
        }

        using Folder parent = OpenParentIfThere(path, out ReadOnlySpan<byte> name, out int errno);
        record = default;
        return errno == 0 ? LinuxCall.Stat(parent.Open, name, out record) : errno;
    }

    private StatxRecord LookAtOpen(Descriptor file, BytePath path)
    {
        int errno = LinuxCall.Stat(file, out StatxRecord opened);
        if (errno != 0)
        {
            throw Trouble("open", path, errno);
        }

        RefuseUnlessOurs(path, opened);
        return opened;
    }

    private void RefuseUnlessOurs(BytePath path, StatxRecord seen)
    {
        if (seen.Kind != ShoreEntryKind.Regular)
        {
            throw seen.Kind == ShoreEntryKind.SymbolicLink
                ? new(ShoreFailure.SymbolicLink, $"Could not open {path}, because it is a symbolic link, and links are never followed.")
                : new ShoreException(ShoreFailure.NotARegularFile, $"Could not open {path}, because it is not a regular file.");
        }

        if (seen.LinkCount > 1 && seen.OwnerId != _held.OwnerId)
        {
            throw new ShoreException(
                ShoreFailure.ForeignHardLink,
                $"Could not open {path}, because it is a hard link to a file that another user owns: copy it, or give it to the owner of {Model.DisplayText.Escape(Location)}.");
        }
    }
}
