using ContentMonster.Model;

namespace ContentMonster.Tests.Simulation;

/// <summary>
/// A vessel's disk in memory. Names change at once for whoever looks, and durably in their order (a journal): a power cut keeps all changes up to
/// the last one that was synced, and perhaps some of those after it. Content is only kept by an fsync of the file.
/// </summary>
internal sealed class SimulatedDisk(Action<BytePath, SimulatedFile?> shown)
{
    private readonly Dictionary<BytePath, SimulatedFile> _names = [];
    private readonly Dictionary<BytePath, SimulatedFile> _durable = [];
    private readonly List<(BytePath Name, SimulatedFile? File, int Step)> _journal = [];
    private int _step;

    public IEnumerable<KeyValuePair<BytePath, SimulatedFile>> Files => _names;

    public SimulatedFile? Find(BytePath name) => _names.GetValueOrDefault(name);

    /// <summary>What would stand at a name after a power cut that keeps nothing but what was promised.</summary>
    public byte[]? DurableContent(BytePath name) => _durable.GetValueOrDefault(name)?.Durable;

    public SimulatedFile Create(BytePath name)
    {
        var file = new SimulatedFile();
        _step++;
        Set(name, file);
        return file;
    }

    public bool Remove(BytePath name)
    {
        _step++;
        return _names.ContainsKey(name) && Set(name, null);
    }

    public void Rename(BytePath from, BytePath to)
    {
        SimulatedFile file = _names[from];
        _step++;
        Set(from, null);
        Set(to, file);
    }

    /// <summary>As through an open handle: whatever name the file has by now.</summary>
    public void Write(SimulatedFile file, long offset, ReadOnlySpan<byte> bytes)
    {
        file.Write(offset, bytes);
        if (file.Name is BytePath name)
        {
            shown(name, file);
        }
    }

    /// <summary>fsync of a directory: a journal is written in order, so all that came before goes with it.</summary>
    public void SyncDirectory(BytePath directory)
    {
        int last = _journal.FindLastIndex(change => change.Name.Parent == directory);
        Commit(last < 0 ? 0 : _journal[last].Step);
    }

    /// <summary>The power fails and comes back.</summary>
    public void CutPower(Random chance)
    {
        if (_journal.Count > 0)
        {
            Commit(_journal[0].Step - 1 + chance.Next(_journal[^1].Step - _journal[0].Step + 2));
        }

        _journal.Clear();
        foreach (SimulatedFile file in _names.Values)
        {
            file.Name = null;
        }

        _names.Clear();
        foreach ((BytePath name, SimulatedFile file) in _durable)
        {
            byte[] durable = file.Durable ?? [];
            file.Content = chance.Next(3) switch
            {
                0 => [.. file.Content], // All of it had reached the disk by itself.
                1 => [.. durable],
                _ => [.. durable, .. new byte[Math.Max(0, file.Content.Length - durable.Length)]], // The size had, the blocks had not.
            };
            file.Durable = [.. file.Content];
            _names.Add(name, file);
            file.Name = name;
            shown(name, file);
        }
    }

    private bool Set(BytePath name, SimulatedFile? file)
    {
        _journal.Add((name, file, _step));
        if (_names.Remove(name, out SimulatedFile? before))
        {
            before.Name = null;
        }

        if (file is not null)
        {
            _names.Add(name, file);
            file.Name = name;
        }

        shown(name, file);
        return true;
    }

    private void Commit(int upTo)
    {
        int count = _journal.TakeWhile(change => change.Step <= upTo).Count();
        foreach ((BytePath name, SimulatedFile? file, _) in _journal.Take(count))
        {
            if (file is null)
            {
                _durable.Remove(name);
            }
            else
            {
                _durable[name] = file;
            }
        }

        _journal.RemoveRange(0, count);
    }
}
