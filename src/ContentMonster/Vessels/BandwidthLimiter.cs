using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>One rate for all lanes of a vessel: each taker waits for its own slot of time behind those before it. Idle time earns a quarter of a second at most.</summary>
internal sealed class BandwidthLimiter(long bytesPerSecond, TimeProvider time) : IUploadThrottle
{
    private static readonly TimeSpan MostCredit = TimeSpan.FromMilliseconds(250);
    private readonly Lock _gate = new();
    private readonly long _start = time.GetTimestamp();

    // Guarded by _gate: when the line is free again, as time since the start.
    private TimeSpan _free;

    public async ValueTask TakeAsync(int bytes, CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (_gate)
        {
            TimeSpan now = time.GetElapsedTime(_start);
            TimeSpan begin = _free > now - MostCredit ? _free : now - MostCredit;
            _free = begin + TimeSpan.FromSeconds((double)bytes / bytesPerSecond);
            wait = _free - now;
        }

        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
