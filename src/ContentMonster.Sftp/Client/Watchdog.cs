namespace ContentMonster.Sftp.Client;

/// <summary>
/// Notices silence while replies are owed. One timer that is only armed again when it has fired: a request costs no timer.
/// </summary>
/// <remarks>
/// It fires at most one <see cref="SftpOptions.Patience"/> ahead, and no request has less patience than that, so no deadline can fall before it.
/// A tick that comes much too late means that this process was stopped: such time is no silence of the server's.
/// What has come to the server's TCP is looked at in the middle and at the end of a silence. It grows no longer than what was handed over is on its way,
/// so a stopped server on a live host is found out all the same, a patience after bytes were last seen to arrive; ssh's own signs of life are too few to count.
/// </remarks>
internal sealed class Watchdog : IDisposable
{
    /// <summary>A request unanswered for this many times its patience, while others are answered, is a stall too.</summary>
    private const int ForgottenAfterPatiences = 60;

    private const int LooksInAPatience = 4;

    // Fewer bytes between two looks are ssh's own: about 100 each 5 s.
    private const long LeastArrived = 256;
    private const double LeastArrivedASecond = 100;

    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    // Never changes.
    private readonly Session _session;
    private readonly TimeSpan _patience;
    private readonly Func<long?>? _arrived;
    private readonly ITimer _timer;

    // Changes, guarded by the session's gate, but for _lastByteAt: only the receive loop writes it.
    private bool _armed;
    private TimeSpan _due;
    private TimeSpan _owedSince;
    private long _lastByteAt;
    private (TimeSpan At, long Bytes)? _arrivedBefore;
    private TimeSpan _arrivedAt;

    public Watchdog(Session session, SftpOptions options)
    {
        _session = session;
        _patience = options.Patience;
        _arrived = options.Arrived;
        _timer = options.Time.CreateTimer(static state => ((Watchdog)state!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void BytesCame() => Volatile.Write(ref _lastByteAt, _session.Now.Ticks);

    /// <summary>The table was empty and is not any more. Called under the gate.</summary>
    public void RepliesAreOwed()
    {
        _owedSince = _session.Now;
        if (!_armed)
            Arm(Step);
    }

    public void Dispose() => _timer.Dispose();

    private TimeSpan Step => _arrived is null ? _patience : _patience / 2;

    private void Arm(TimeSpan wait)
    {
        _armed = true;
        _due = _session.Now + wait;
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void Tick()
    {
        SftpStalledException? stall;
        long? arrived = _arrived?.Invoke();
        lock (_session.Gate)
            stall = Judge(_session.Now, arrived);
        if (stall is not null)
            _session.End(stall);
    }

    // Real timers count whole milliseconds and would fire at once, again and again, for less.
    private TimeSpan Clamp(TimeSpan wait) => wait > Step ? Step : wait < ShortestWait ? ShortestWait : wait;

    // Under the gate. Both looks fall into the silence, some time after it began: what was on its way when the last reply came has arrived by then unless
    // the link is slow, and is no sign of life.
    private void Note(TimeSpan heard, TimeSpan now, long? arrived)
    {
        TimeSpan apart = _patience / LooksInAPatience;
        if (arrived is not long bytes || now - heard < apart)
        {
            _arrivedBefore = null;
        }
        else if (_arrivedBefore is not { } before || before.At < heard)
        {
            _arrivedBefore = (now, bytes);
        }
        else if (now - before.At >= apart)
        {
            _arrivedAt = bytes - before.Bytes >= Math.Max(LeastArrived, LeastArrivedASecond * (now - before.At).TotalSeconds) ? now : _arrivedAt;
            _arrivedBefore = (now, bytes);
        }
    }

    private SftpStalledException? Judge(TimeSpan now, long? arrived)
    {
        _armed = false;
        if (_session.Broken is not null || _session.Table.Count == 0)
            return null;
        if (now - _due > _patience / 2)
            _owedSince = now;
        var lastByte = TimeSpan.FromTicks(Volatile.Read(ref _lastByteAt));
        TimeSpan heard = lastByte > _owedSince ? lastByte : _owedSince;
        Note(heard, now, arrived);
        TimeSpan silence = now - (_arrivedAt > heard ? _arrivedAt : heard);
        TimeSpan allowed = _session.Table.LongestPatience();
        if (silence >= allowed)
            return new SftpStalledException($"Could not go on with the session, because the server owes {_session.Table.Count} replies and sent nothing for {silence.TotalSeconds:0.#} s.");
        if (_session.Table.AnyForgotten(now, ForgottenAfterPatiences))
            return new SftpStalledException("Could not go on with the session, because the server answers later requests and leaves an early one unanswered.");
        Arm(Clamp(allowed - silence));
        return null;
    }
}
