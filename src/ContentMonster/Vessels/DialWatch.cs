using ContentMonster.Sftp.Process;

namespace ContentMonster.Vessels;

/// <summary>
/// Tells a server that has fallen silent while ssh connects from one that is only slow: as long as bytes come, or what was sent is still being taken, the
/// whole may take its time. ssh itself notices neither before it has logged in. Afterwards it asks a silent server for a sign of life, so that a
/// program that is slow to start there is no silence.
/// </summary>
/// <param name="read">What the kernel counts for the connection; null: not known, or not yet. Then nothing is judged.</param>
/// <param name="timeout">The setting.</param>
/// <param name="time">The clock.</param>
internal sealed class DialWatch(Func<TcpFacts?> read, TimeSpan timeout, TimeProvider time)
{
    // A sign of life is asked for after a second at the soonest, and takes a round trip.
    public static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestKeepAlive = TimeSpan.FromSeconds(5);

    public static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    public TimeSpan Patience => timeout > LeastPatience ? timeout : LeastPatience;

    /// <summary>Whether more came from the server than the line with its version, which has up to 255 bytes (RFC 4253, section 4.2).</summary>
    public bool WasAnswered { get; private set; }

    /// <summary>How often ssh is to ask, for a setting Timeout: twice in it, in whole seconds.</summary>
    public static TimeSpan KeepAliveFor(TimeSpan timeout) =>
        timeout >= LongestKeepAlive * 2 ? LongestKeepAlive : TimeSpan.FromSeconds(Math.Max(1, Math.Floor(timeout.TotalSeconds / 2)));

    /// <summary>Completes (never faults): true when nothing has moved for <see cref="Patience"/>, false when the token ended the watch.</summary>
    public async Task<bool> SilentAsync(CancellationToken cancellationToken)
    {
        TcpFacts? before = null;
        long movedAt = time.GetTimestamp();
        while (true)
        {
            long lookedAt = time.GetTimestamp();
            await Task.Delay(LookEvery, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
            {
                return false;
            }

            // Time in which this process was stopped is nobody's silence.
            bool stopped = time.GetElapsedTime(lookedAt) > Patience / 2;
            TcpFacts? now = read();
            WasAnswered |= now is { BytesReceived: > 255 };
            if (stopped || before is null || now is null || !Counts(now) || Moved(before, now))
            {
                movedAt = time.GetTimestamp();
            }
            else if (time.GetElapsedTime(movedAt) >= Patience)
            {
                return true;
            }

            before = now;
        }
    }

    // Linux before 4.19 does not count the bytes sent; ssh speaks first.
    private static bool Counts(TcpFacts facts) => facts.BytesSent > 0;

    // What was taken at once is no sign of life: a box on the way does that, too. On a slow link taking it is all that happens for a while.
    private static bool Moved(TcpFacts before, TcpFacts now) =>
        now.BytesReceived != before.BytesReceived || (before.SegmentsUnacknowledged > 0 && now.BytesAcknowledged != before.BytesAcknowledged);
}
