using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Watching;

/// <summary>
/// FileSystemWatcher, for systems other than Linux. It can't tell a close from a write nor a directory from a file that is gone, and it
/// loses events under load: it says so, and a scan follows.
/// </summary>
internal sealed class FileSystemHints : IHintSource
{
    private readonly FileSystemWatcher _watcher;
    private readonly Bell _bell;
    private readonly string _prefix;
    private readonly int _mostBuffered;

    // Guarded by _hints itself: events come on threads of the pool.
    private readonly Queue<Hint> _hints = new();
    private bool _lost;

    public FileSystemHints(ShoreRoot root, bool recursive, Bell bell, int mostBuffered)
    {
        _bell = bell;
        _mostBuffered = mostBuffered;
        _prefix = root.Location.EndsWith(Path.DirectorySeparatorChar) ? root.Location : root.Location + Path.DirectorySeparatorChar;
        _watcher = new(root.Location)
        {
            IncludeSubdirectories = recursive,
            InternalBufferSize = 64 * 1024,
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size | NotifyFilters.Attributes,
        };
        _watcher.Created += (_, seen) => Add(HintKind.Touched, seen.FullPath);
        _watcher.Changed += (_, seen) => Add(HintKind.Touched, seen.FullPath);
        _watcher.Deleted += (_, seen) => Add(HintKind.DirectoryGone, seen.FullPath);
        _watcher.Renamed += (_, seen) =>
        {
            Add(HintKind.DirectoryGone, seen.OldFullPath);
            Add(HintKind.Touched, seen.FullPath);
        };
        _watcher.Error += (_, _) => Lose();
        _watcher.EnableRaisingEvents = true;
    }

    public string? Shortfall => null;

    public void Take(List<Hint> into, int most)
    {
        lock (_hints)
        {
            if (_lost)
            {
                _lost = false;
                into.Add(new(HintKind.Lost, default));
                into.Add(new(HintKind.RootTouched, default));
            }

            while (into.Count < most && _hints.TryDequeue(out Hint hint))
            {
                into.Add(hint);
            }
        }
    }

    public void Cover(BytePath directory)
    {
        // The watcher covers what is below by itself.
    }

    public void Uncover(BytePath directory)
    {
        // The watcher uncovers what is gone by itself.
    }

    public void BeginRound()
    {
        // Nothing is kept.
    }

    public void EndRound()
    {
        // Nothing is kept.
    }

    public void Dispose() => _watcher.Dispose();

    private void Add(HintKind kind, string fullPath)
    {
        // A name that is no UTF-8 reaches us changed: only a scan sees which one it was.
        if (!fullPath.StartsWith(_prefix, StringComparison.Ordinal) || fullPath.Contains('\uFFFD', StringComparison.Ordinal))
        {
            Lose();
            return;
        }

        string relative = fullPath[_prefix.Length..];
        BytePath path = BytePath.FromText(Path.DirectorySeparatorChar == '/' ? relative : relative.Replace(Path.DirectorySeparatorChar, '/'));
        lock (_hints)
        {
            if (_hints.Count < _mostBuffered)
            {
                _hints.Enqueue(new(kind, path));
            }
            else
            {
                _lost = true;
            }
        }

        _bell.Ring();
    }

    private void Lose()
    {
        lock (_hints)
        {
            _lost = true;
        }

        _bell.Ring();
    }
}
