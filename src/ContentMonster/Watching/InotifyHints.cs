using System.Runtime.InteropServices;
using System.Text;
using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Watching;

/// <summary>
/// Implementation notes.
/// Watches: one a directory, put on the inode through /proc/self/fd of a descriptor opened below the root, so that a swapped link is never
/// watched. Watch numbers are not used again by the kernel, so an event of a watch that is no longer in the table is simply old.
/// Renamed directories: an inotify watch follows its inode. On IN_MOVED_FROM the whole subtree leaves the table, on IN_MOVED_TO it is
/// covered and listed anew; events in between are found by that listing.
/// Only the task of the directory's loop calls in here; the reader's thread touches nothing but its buffer.
/// </summary>
internal sealed class InotifyHints : IHintSource
{
    private const uint Mask = InotifyCalls.CloseWrite | InotifyCalls.MovedTo | InotifyCalls.MovedFrom | InotifyCalls.Create | InotifyCalls.Delete
        | InotifyCalls.Attributes | InotifyCalls.OnlyDirectory;

    private readonly LinuxShoreRoot _root;
    private readonly Descriptor _inotify;
    private readonly InotifyReader _reader;

    private readonly Dictionary<int, BytePath> _pathOf = [];
    private readonly Dictionary<BytePath, int> _watchOf = [];
    private HashSet<int>? _coveredThisRound;

    private InotifyHints(LinuxShoreRoot root, Descriptor inotify, Bell bell, int mostBuffered)
    {
        _root = root;
        _inotify = inotify;
        _reader = new(inotify, bell, mostBuffered);
    }

    public string? Shortfall { get; private set; }

    /// <summary>inotify, or no hints with the reason.</summary>
    public static IHintSource Start(LinuxShoreRoot root, Bell bell, int mostBuffered)
    {
        int number = InotifyCalls.Init(InotifyCalls.CloseOnExecNonBlocking);
        if (number < 0)
        {
            return Without(InitTrouble(Marshal.GetLastPInvokeError()));
        }

        var inotify = new Descriptor(number);
        if (OpenFiles.IsOfTheLast(number, OpenFiles.SparedByWatches))
        {
            inotify.Dispose();
            return Without(OpenFiles.TooMany);
        }

        try
        {
            return new InotifyHints(root, inotify, bell, mostBuffered);
        }
        catch (OutOfMemoryException)
        {
            inotify.Dispose();
            return Without("the system starts no further thread for it: see to TasksMax of the systemd unit, or `ulimit -u`, and to memory");
        }

        static NoHints Without(string because) => new($"Could not ask the kernel for file events, because {because}. Scanning instead.");
    }

    public void Take(List<Hint> into, int most)
    {
        while (into.Count < most && _reader.TryTake(out InotifyEvent taken))
        {
            Translate(taken, into);
        }
    }

    public unsafe void Cover(BytePath directory)
    {
        uint mask = directory.IsEmpty ? Mask | InotifyCalls.DeleteSelf | InotifyCalls.MoveSelf : Mask;
        int watch;
        using (Descriptor open = _root.OpenDirectory(directory, forReading: false))
        {
            fixed (byte* path = Encoding.ASCII.GetBytes($"/proc/self/fd/{open.Number}\0"))
            {
                watch = InotifyCalls.AddWatch(_inotify.Number, path, mask);
            }
        }

        if (watch < 0)
        {
            Failed(directory, Marshal.GetLastPInvokeError());
            return;
        }

        Forget(directory);
        if (_pathOf.TryGetValue(watch, out BytePath before))
        {
            _watchOf.Remove(before);
        }

        _pathOf[watch] = directory;
        _watchOf[directory] = watch;
        _coveredThisRound?.Add(watch);

        // A watch on another inode stood at this path: it is on something that is elsewhere now.
        void Forget(BytePath at)
        {
            if (_watchOf.TryGetValue(at, out int old) && old != watch)
            {
                Remove(old);
            }
        }
    }

    public void Uncover(BytePath directory)
    {
        byte[] below = [.. directory.Span, (byte)'/'];
        foreach ((BytePath path, int watch) in _watchOf.Where(entry => entry.Key == directory || entry.Key.Span.StartsWith(below)).ToList())
        {
            Remove(watch);
        }
    }

    public void BeginRound()
    {
        _coveredThisRound = [];
        Shortfall = null;
    }

    public void EndRound()
    {
        if (_coveredThisRound is { } covered)
        {
            foreach (int watch in _pathOf.Keys.Where(watch => !covered.Contains(watch)).ToList())
            {
                Remove(watch);
            }
        }

        _coveredThisRound = null;
    }

    public void Dispose() => _reader.Dispose();

    private void Translate(InotifyEvent taken, List<Hint> into)
    {
        if ((taken.Mask & InotifyCalls.Overflow) != 0)
        {
            into.Add(new(HintKind.Lost, default));
            return;
        }

        if (!_pathOf.TryGetValue(taken.Watch, out BytePath directory))
        {
            return;
        }

        if ((taken.Mask & (InotifyCalls.Ignored | InotifyCalls.Unmount)) != 0)
        {
            _pathOf.Remove(taken.Watch);
            _watchOf.Remove(directory);
            into.Add(directory.IsEmpty ? new(HintKind.RootTouched, default) : new((taken.Mask & InotifyCalls.Unmount) != 0 ? HintKind.Lost : HintKind.Touched, directory));
            return;
        }

        if (taken.Name.IsEmpty)
        {
            // Of a directory below, its parent's watch tells the same by name.
            if (directory.IsEmpty)
            {
                into.Add(new(HintKind.RootTouched, default));
            }

            return;
        }

        BytePath path = directory.Join(taken.Name);
        HintKind? kind = KindOf(taken.Mask, path);
        if (kind == HintKind.DirectoryGone && (taken.Mask & InotifyCalls.MovedFrom) != 0)
        {
            // A removed one has nothing below it any more, and its own watch ends with IN_IGNORED.
            Uncover(path);
        }

        if (kind is { } known)
        {
            into.Add(new(known, path));
        }
    }

    private HintKind? KindOf(uint mask, BytePath path)
    {
        if ((mask & InotifyCalls.IsDirectory) == 0)
        {
            return (mask & (InotifyCalls.Delete | InotifyCalls.MovedFrom)) != 0 ? HintKind.Gone
                : (mask & (InotifyCalls.CloseWrite | InotifyCalls.MovedTo)) != 0 ? HintKind.Closed
                : (mask & InotifyCalls.Create) != 0 ? HintKind.Made
                : HintKind.Touched;
        }

        return (mask & (InotifyCalls.Delete | InotifyCalls.MovedFrom)) != 0 ? HintKind.DirectoryGone

            // Attributes of one that is covered are no news; one that could not be read may be readable now.
            : (mask & InotifyCalls.Attributes) != 0 && _watchOf.ContainsKey(path) ? null
            : HintKind.DirectoryAppeared;
    }

    private void Remove(int watch)
    {
        if (_pathOf.Remove(watch, out BytePath path))
        {
            if (_watchOf.TryGetValue(path, out int current) && current == watch)
            {
                _watchOf.Remove(path);
            }

            _ = InotifyCalls.RemoveWatch(_inotify.Number, watch);
        }
    }

    private void Failed(BytePath directory, int errno)
    {
        switch (errno)
        {
            case Errno.NoEntry or Errno.NotADirectory when !directory.IsEmpty:
                // Gone again; its departure is another hint.
                return;
            case Errno.AccessDenied or Errno.PermissionDenied:
                throw LinuxShoreRoot.Trouble("read the directory", directory, errno);
            case Errno.NoSpace:
                Shortfall = "Could not watch all directories, because the system's limit of watches is reached: raise fs.inotify.max_user_watches "
                    + "(sysctl -w fs.inotify.max_user_watches=1048576, and in /etc/sysctl.d to keep it). Scanning often until then.";
                return;
            default:
                Shortfall = $"Could not watch {directory} for file events, because {Errno.Words(errno)}. Scanning often instead.";
                return;
        }
    }

    // inotify_init1(2) has one errno for both limits: where anything else can be opened it was that of instances.
    private static string InitTrouble(int errno)
    {
        if (errno != Errno.TooManyFiles)
        {
            return Errno.Words(errno);
        }

        using var other = new Descriptor(InotifyCalls.EventFd(0, InotifyCalls.CloseOnExecNonBlocking));
        return other.IsInvalid ? OpenFiles.TooMany : "this user has too many inotify instances: raise fs.inotify.max_user_instances with sysctl";
    }
}
