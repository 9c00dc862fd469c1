namespace ContentMonster.Sftp.Client;

/// <summary>The writes of one upload that wait for their turn to count, oldest first: replies come in any order, safe is only what has no gap before it.</summary>
internal sealed class WriteRing
{
    private const int StartRoom = 4;

    private Entry[] _entries = new Entry[StartRoom];
    private long _first;
    private int _count;

    private enum State : byte
    {
        InFlight,
        Written,
        Refused,
    }

    /// <summary>Returns the write's sequence number.</summary>
    public long Add(int length)
    {
        if (_count == _entries.Length)
            Grow();
        long sequence = _first + _count++;
        _entries[sequence % _entries.Length] = new Entry(length, State.InFlight);
        return sequence;
    }

    /// <summary>Notes the reply; returns the write's length.</summary>
    public int Settle(long sequence, bool written)
    {
        ref Entry entry = ref _entries[sequence % _entries.Length];
        entry = entry with { State = written ? State.Written : State.Refused };
        return entry.Length;
    }

    /// <summary>Takes the oldest write if it is answered.</summary>
    public bool TryPop(out int length, out bool written)
    {
        Entry oldest = _count > 0 ? _entries[_first % _entries.Length] : default;
        length = oldest.Length;
        written = oldest.State == State.Written;
        if (_count == 0 || oldest.State == State.InFlight)
            return false;
        _first++;
        _count--;
        return true;
    }

    private void Grow()
    {
        var larger = new Entry[_entries.Length * 2];
        for (int i = 0; i < _count; i++)
            larger[(_first + i) % larger.Length] = _entries[(_first + i) % _entries.Length];
        _entries = larger;
    }

    private readonly record struct Entry(int Length, State State);
}
