using System.Runtime.InteropServices;

namespace ContentMonster.Shore;

/// <summary>System calls on a name in an open directory. What goes wrong comes back as errno, 0 is success; EINTR is never seen outside.</summary>
internal static unsafe class LinuxCall
{
    public static Descriptor? Open(Descriptor directory, ReadOnlySpan<byte> path, int flags, out int errno)
    {
        fixed (byte* text = Terminated(path))
        {
            while (true)
            {
                int opened = Libc.OpenAt(directory.Number, text, flags | LinuxNumbers.CloseOnExec, 0);
                errno = opened < 0 ? Marshal.GetLastPInvokeError() : 0;
                if (errno != Errno.Interrupted)
                {
                    return opened < 0 ? null : new Descriptor(opened);
                }
            }
        }
    }

    /// <summary>openat2(2): below the directory and through no link, the kernel sees to it.</summary>
    public static Descriptor? OpenBeneath(Descriptor directory, ReadOnlySpan<byte> path, int flags, out int errno)
    {
        Span<ulong> how = [(ulong)(uint)(flags | LinuxNumbers.CloseOnExec), 0, LinuxNumbers.ResolveBeneath];
        fixed (byte* text = Terminated(path))
        fixed (ulong* pinned = how)
        {
            while (true)
            {
                nint opened = Libc.Syscall(LinuxNumbers.OpenAt2, directory.Number, (nint)text, (nint)pinned, how.Length * sizeof(ulong), 0);
                errno = opened < 0 ? Marshal.GetLastPInvokeError() : 0;
                if (errno != Errno.Interrupted)
                {
                    return opened < 0 ? null : new Descriptor((int)opened);
                }
            }
        }
    }

    public static int Stat(Descriptor directory, ReadOnlySpan<byte> name, out StatxRecord record) =>
        StatAt(directory.Number, name, Libc.NoFollow | Libc.NoAutomount, out record);

    public static int Stat(Descriptor open, out StatxRecord record) => StatAt(open.Number, default, Libc.EmptyPath, out record);

    /// <summary>By full path and through links: for Location itself, which is the operator's word.</summary>
    public static int StatLocation(ReadOnlySpan<byte> path, out StatxRecord record) => StatAt(Libc.CurrentDirectory, path, 0, out record);

    /// <summary>By full path, of a link itself.</summary>
    public static int StatLink(ReadOnlySpan<byte> path, out StatxRecord record) => StatAt(Libc.CurrentDirectory, path, Libc.NoFollow, out record);

    public static int MakeDirectory(Descriptor directory, ReadOnlySpan<byte> name, int mode)
    {
        fixed (byte* text = Terminated(name))
        {
            return Libc.MkdirAt(directory.Number, text, (uint)mode) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    public static int RenameWithoutReplacing(Descriptor fromDirectory, ReadOnlySpan<byte> from, Descriptor toDirectory, ReadOnlySpan<byte> to)
    {
        fixed (byte* source = Terminated(from))
        fixed (byte* target = Terminated(to))
        {
            nint done = Libc.Syscall(
                LinuxNumbers.RenameAt2, fromDirectory.Number, (nint)source, toDirectory.Number, (nint)target, LinuxNumbers.RenameNoReplace);
            return done == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    public static int Link(Descriptor fromDirectory, ReadOnlySpan<byte> from, Descriptor toDirectory, ReadOnlySpan<byte> to)
    {
        fixed (byte* source = Terminated(from))
        fixed (byte* target = Terminated(to))
        {
            return Libc.LinkAt(fromDirectory.Number, source, toDirectory.Number, target, 0) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    public static int Unlink(Descriptor directory, ReadOnlySpan<byte> name)
    {
        fixed (byte* text = Terminated(name))
        {
            return Libc.UnlinkAt(directory.Number, text, 0) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    public static int Sync(Descriptor open)
    {
        int errno;
        do
        {
            errno = Libc.FSync(open.Number) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        while (errno == Errno.Interrupted);

        return errno;
    }

    /// <summary>A NUL ends a path for the kernel; a name that holds one is no name.</summary>
    public static byte[] Terminated(ReadOnlySpan<byte> path)
    {
        if (path.Contains((byte)0))
        {
            throw new ShoreException(ShoreFailure.Missing, "Could not use a path, because it holds a NUL byte.");
        }

        var text = new byte[path.Length + 1];
        path.CopyTo(text);
        return text;
    }

    private static int StatAt(int directory, ReadOnlySpan<byte> path, int flags, out StatxRecord record)
    {
        fixed (byte* text = Terminated(path))
        fixed (StatxRecord* into = &record)
        {
            return Libc.Statx(directory, text, flags, Libc.BasicStats | Libc.MountId, into) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }
}
