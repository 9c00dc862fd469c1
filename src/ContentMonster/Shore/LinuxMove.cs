using ContentMonster.Model;

namespace ContentMonster.Shore;

/// <summary>Renaming inside a held root in a way that can't replace anything.</summary>
internal sealed class LinuxMove(LinuxShoreRoot root, LinuxAbilities abilities)
{
    public bool Move(BytePath from, BytePath to)
    {
        using Descriptor? ownSource = root.OpenParent(from, "move", out ReadOnlySpan<byte> name);
        Descriptor source = ownSource ?? root.Root;
        using Descriptor? ownTarget = OpenOrMake(to.Parent, source);
        LinuxWalk.Split(to, out ReadOnlySpan<byte> newName);
        if (newName.IsEmpty || newName.SequenceEqual(".."u8) || newName.SequenceEqual("."u8))
        {
            throw LinuxShoreRoot.Trouble("move a file to", to, Errno.Invalid);
        }

        Descriptor target = ownTarget ?? root.Root;
        int errno = abilities.RenameWithoutReplacing
            ? LinuxCall.RenameWithoutReplacing(source, name, target, newName)
            : Errno.Invalid;
        if (errno is Errno.Invalid or Errno.NoSystemCall)
        {
            errno = LinkThenUnlink(source, name, target, newName);
        }

        return errno switch
        {
            0 => true,
            Errno.Exists => false,
            _ => throw LinuxShoreRoot.Trouble("move", from, errno),
        };
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

    /// <summary>Opens a directory, making what is missing with the mode of the one that the file leaves; null for Location itself.</summary>
    private Descriptor? OpenOrMake(BytePath directory, Descriptor like)
    {
        if (directory.IsEmpty)
        {
            return null;
        }

        int errno = LinuxCall.Stat(like, out StatxRecord model);
        if (errno != 0)
        {
            throw LinuxShoreRoot.Trouble("look at the directory above", directory, errno);
        }

        try
        {
            return root.OpenDirectory(directory, forReading: false);
        }
        catch (ShoreException missing) when (missing.Failure == ShoreFailure.Missing)
        {
            return Make(directory, model.Mode & 0x1FF);
        }
    }

    private Descriptor Make(BytePath directory, int mode)
    {
        // From the top, one element at a time: each new name is made durable in its parent before the next one.
        ReadOnlySpan<byte> path = directory.Span;
        for (int end = 0; end < path.Length; end++)
        {
            end = path[end..].IndexOf((byte)'/') is >= 0 and int slash ? end + slash : path.Length;
            var step = new BytePath(path[..end].ToArray());
            using Descriptor? own = root.OpenParent(step, "make the directory", out ReadOnlySpan<byte> name);
            int errno = LinuxCall.MakeDirectory(own ?? root.Root, name, mode);
            if (errno == 0)
            {
                root.Sync(step.Parent);
            }
            else if (errno != Errno.Exists)
            {
                throw LinuxShoreRoot.Trouble("make the directory", step, errno);
            }
        }

        return root.OpenDirectory(directory, forReading: false);
    }
}
