namespace ContentMonster.Diagnostics;

/// <summary>
/// Bytes per second over the last ten seconds, in one-second slots; after a silence that long, since the first byte after it, at least one second.
/// </summary>
internal sealed class RateMeter(TimeProvider time)
{
    private const int Slots = 10;
    private readonly long[] _bytes = new long[Slots];
    private readonly long _start = time.GetTimestamp();

    // Guarded by _bytes.
    private long _second;
    private double _begun; // seconds since the start
    private double _best;

    public void Add(long bytes)
    {
        lock (_bytes)
        {
            Advance();
            if (_bytes.All(slot => slot == 0))
            {
                _begun = time.GetElapsedTime(_start).TotalSeconds;
            }

            _bytes[_second % Slots] += bytes;
        }
    }

    public double BytesPerSecond()
    {
        lock (_bytes)
        {
            Advance();
            return Rate(time.GetElapsedTime(_start).TotalSeconds);
        }
    }

    /// <summary>The highest that ended so far, at the end of a second: what the link can do. 0: nothing was sent yet.</summary>
    public double BestBytesPerSecond()
    {
        lock (_bytes)
        {
            Advance();
            return _best;
        }
    }

    private double Rate(double now) => _bytes.Sum() / Math.Clamp(now - _begun, 1, Slots);

    private void Advance()
    {
        long now = (long)time.GetElapsedTime(_start).TotalSeconds;
        if (now > _second)
        {
            _best = Math.Max(_best, Rate(_second + 1));
        }

        for (long gone = Math.Max(_second + 1, now - Slots + 1); gone <= now; gone++)
        {
            _bytes[gone % Slots] = 0;
        }

        _second = now;
    }
}
