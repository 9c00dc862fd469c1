using ContentMonster.Model;

namespace ContentMonster.Shore;

/// <summary>Renaming inside a held root in a way that can't replace anything.</summary>
internal sealed class LinuxMove(LinuxShoreRoot root, HeldFolders folders, LinuxAbilities abilities)
{
    public bool Move(BytePath from, BytePath to)
    {
        int errno = TryMove(from, to);
        if (errno == Errno.NoEntry && folders.LetGo())
        {
            // The directory that it came from or was to go to is not there any more: perhaps there is another one.
            errno = TryMove(from, to);
        }

        return errno switch
        {
            0 => true,
            Errno.Exists => false,
            // Which of the two ends is the cause no errno tells.
            _ => throw new ShoreException(Errno.Failure(errno), $"Could not move {from} to {to}, because {Errno.Words(errno)}."),
        };
    }

    private int TryMove(BytePath from, BytePath to)
    {
        using Folder source = root.OpenParent(from, "move", out ReadOnlySpan<byte> name);
        LinuxWalk.Split(to, out ReadOnlySpan<byte> newName);
        if (newName.IsEmpty || newName.SequenceEqual(".."u8) || newName.SequenceEqual("."u8))
        {
            throw LinuxShoreRoot.Trouble("move a file to", to, Errno.Invalid);
        }

        using Folder target = OpenOrMakeParent(to, source.Open);
        int errno = abilities.RenameWithoutReplacing
            ? LinuxCall.RenameWithoutReplacing(source.Open, name, target.Open, newName)
            : Errno.Invalid;
        return errno is Errno.Invalid or Errno.NoSystemCall ? LinkThenUnlink(source.Open, name, target.Open, newName) : errno;
    }

    /// <summary>NFS and some others know no RENAME_NOREPLACE; a hard link does not replace either.</summary>
    private static int LinkThenUnlink(Descriptor source, ReadOnlySpan<byte> name, Descriptor target, ReadOnlySpan<byte> newName)
    {
        int errno = LinuxCall.Link(source, name, target, newName);
        if (errno != 0)
        {
            // EPERM, EMLINK: a file system without hard links, or a file that may have none (fs.protected_hardlinks).
            return errno == Errno.PermissionDenied ? Errno.NotSupported : errno;
        }

        // Crash here: the file has both names, and the one who booked the move finds the version at its new place.
        errno = LinuxCall.Unlink(source, name);
        if (errno != 0 && errno != Errno.NoEntry)
        {
            LinuxCall.Unlink(target, newName);
            return errno;
        }

        return 0;
    }

    /// <summary>Opens the directory of a path, making what is missing with the mode of the one that the file leaves.</summary>
    private Folder OpenOrMakeParent(BytePath path, Descriptor like)
    {
        Folder parent = root.OpenParentIfThere(path, out _, out int errno);
        if (errno == 0)
        {
            return parent;
        }

        parent.Dispose();
        if (errno != Errno.NoEntry)
        {
            throw LinuxShoreRoot.Trouble("read the directory", path.Parent, errno);
        }

        errno = LinuxCall.Stat(like, out StatxRecord model);
        if (errno != 0)
        {
            throw LinuxShoreRoot.Trouble("look at the directory above", path.Parent, errno);
        }

        // We have to get into it ourselves, whatever became of the one above.
        Make(path.Parent, (model.Mode & 0x1FF) | 0x1C0);
        return root.OpenParent(path, "move a file to", out _);
    }

    private void Make(BytePath directory, int mode)
    {
        // From the top, one element at a time: each new name is made durable in its parent before the next one.
        ReadOnlySpan<byte> path = directory.Span;
        for (int end = 0; end < path.Length; end++)
        {
            end = path[end..].IndexOf((byte)'/') is >= 0 and int slash ? end + slash : path.Length;
            var step = new BytePath(path[..end].ToArray());
            using Folder above = root.OpenParent(step, "make the directory", out ReadOnlySpan<byte> name);
            int errno = LinuxCall.MakeDirectory(above.Open, name, mode);
            if (errno == 0)
            {
                root.Sync(step.Parent);
            }
            else if (errno != Errno.Exists)
            {
                throw LinuxShoreRoot.Trouble("make the directory", step, errno);
            }
        }
    }
}
