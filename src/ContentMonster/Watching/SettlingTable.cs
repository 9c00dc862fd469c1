using System.Diagnostics.CodeAnalysis;
using ContentMonster.Model;

namespace ContentMonster.Watching;

/// <summary>Files on their way to being ready, by path and by when to look again: one dictionary, one queue, no timer a file.</summary>
internal sealed class SettlingTable(int most)
{
    private readonly Dictionary<BytePath, SettlingFile> _files = [];
    private readonly PriorityQueue<SettlingFile, long> _queue = new();

    public int Count => _files.Count;

    public bool IsFull => _files.Count >= most;

    public IEnumerable<SettlingFile> Files => _files.Values;

    /// <summary>When the next one is due; null: none.</summary>
    public long? NextDue
    {
        get
        {
            DropOld();
            return _queue.TryPeek(out _, out long due) ? due : null;
        }
    }

    public bool TryGet(BytePath path, [NotNullWhen(true)] out SettlingFile? file) => _files.TryGetValue(path, out file);

    /// <summary>Puts a file in, or gives the one that is there another time to be looked at.</summary>
    public void Await(SettlingFile file, long due)
    {
        _files[file.Path] = file;
        file.Due = due;
        _queue.Enqueue(file, due);

        // Hints that come again and again for one file must not fill the queue with its old entries.
        if (_queue.Count > (2 * _files.Count) + 1024)
        {
            _queue.Clear();
            _queue.EnqueueRange(_files.Values.Select(kept => (kept, kept.Due)));
        }
    }

    public void Remove(BytePath path) => _files.Remove(path);

    /// <summary>Takes up to so many that are due. They stay in the table, with no time to be looked at until <see cref="Await"/>.</summary>
    public List<SettlingFile> TakeDue(long now, int count)
    {
        var due = new List<SettlingFile>();
        while (due.Count < count && NextDue <= now)
        {
            SettlingFile file = _queue.Dequeue();
            file.Due = long.MaxValue;
            due.Add(file);
        }

        return due;
    }

    private void DropOld()
    {
        while (_queue.TryPeek(out SettlingFile? file, out long due) && !(file.Due == due && _files.TryGetValue(file.Path, out SettlingFile? current) && current == file))
        {
            _queue.Dequeue();
        }
    }
}
