namespace ContentMonster.Planning;

/// <summary>
/// What something could not be done with, left out for a while: else each turn would have all of it tried and told again. It is tried together, the
/// first time soon, then after ever longer waits.
/// </summary>
/// <typeparam name="TOne">What tells one from another.</typeparam>
internal sealed class LeftOut<TOne>(TimeProvider time, TimeSpan longest)
    where TOne : notnull
{
    private const int MostHeld = 100_000;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    // All is guarded by it.
    private readonly HashSet<TOne> _held = [];
    private long _since;
    private TimeSpan _wait = Shortest;

    public int Count
    {
        get
        {
            lock (_held)
            {
                return _held.Count;
            }
        }
    }

    /// <summary>Until they are to be tried; <see cref="TimeSpan.MaxValue"/>: there are none.</summary>
    public TimeSpan Left
    {
        get
        {
            lock (_held)
            {
                return _held.Count > 0 ? _wait - time.GetElapsedTime(_since) : TimeSpan.MaxValue;
            }
        }
    }

    public bool Holds(TOne one)
    {
        lock (_held)
        {
            return _held.Contains(one);
        }
    }

    public void Add(TOne one)
    {
        lock (_held)
        {
            if (_held.Count == 0)
            {
                _since = time.GetTimestamp();
            }

            if (_held.Count < MostHeld)
            {
                _held.Add(one);
            }
        }
    }

    public void BeginPass()
    {
        lock (_held)
        {
            if (_held.Count > 0 && Left <= TimeSpan.Zero)
            {
                _held.Clear();
                _wait = _wait * 2 < longest ? _wait * 2 : longest;
            }
        }
    }

    public void EndPass()
    {
        lock (_held)
        {
            _wait = _held.Count > 0 ? _wait : Shortest;
        }
    }

    /// <summary>What was wrong may be over: all are tried in the next pass.</summary>
    public void Clear()
    {
        lock (_held)
        {
            _held.Clear();
            _wait = Shortest;
        }
    }
}
