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
            double covered = Math.Clamp(time.GetElapsedTime(_start).TotalSeconds - _begun, 1, Slots);
            return _bytes.Sum() / covered;
        }
    }

    private void Advance()
    {
        long now = (long)time.GetElapsedTime(_start).TotalSeconds;
        for (long gone = Math.Max(_second + 1, now - Slots + 1); gone <= now; gone++)
        {
            _bytes[gone % Slots] = 0;
        }

        _second = now;
    }
}
