namespace ContentMonster.Archiving;

/// <summary>
/// Versions that could not be archived, left out for a while: else each delivery that wakes the archiver would have all of them tried, told and booked
/// again. They are tried together, the first time soon, then after ever longer waits.
/// </summary>
internal sealed class LeftOut(TimeProvider time, TimeSpan longest)
{
    private const int MostIds = 100_000;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private readonly HashSet<long> _ids = [];
    private long _since;
    private TimeSpan _wait = Shortest;

    /// <summary>Until they are to be tried; <see cref="TimeSpan.MaxValue"/>: there are none.</summary>
    public TimeSpan Left => _ids.Count > 0 ? _wait - time.GetElapsedTime(_since) : TimeSpan.MaxValue;

    public bool Holds(long id) => _ids.Contains(id);

    public void Add(long id)
    {
        if (_ids.Count == 0)
        {
            _since = time.GetTimestamp();
        }

        if (_ids.Count < MostIds)
        {
            _ids.Add(id);
        }
    }

    public void BeginPass()
    {
        if (_ids.Count > 0 && Left <= TimeSpan.Zero)
        {
            _ids.Clear();
            _wait = _wait * 2 < longest ? _wait * 2 : longest;
        }
    }

    public void EndPass() => _wait = _ids.Count > 0 ? _wait : Shortest;

    /// <summary>What was wrong may be over: all are tried in the next pass.</summary>
    public void Clear()
    {
        _ids.Clear();
        _wait = Shortest;
    }
}
