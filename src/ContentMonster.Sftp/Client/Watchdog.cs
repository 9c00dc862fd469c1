namespace ContentMonster.Sftp.Client;

/// <summary>
/// Notices silence while replies are owed. One timer that is only armed again when it has fired: a request costs no timer.
/// </summary>
/// <remarks>
/// It fires at most one <see cref="SftpOptions.Patience"/> ahead, and no request has less patience than that, so no deadline can fall before it.
/// A tick that comes much too late means that this process was stopped: such time is no silence of the server's.
/// </remarks>
internal sealed class Watchdog : IDisposable
{
    /// <summary>A request unanswered for this many times its patience, while others are answered, is a stall too.</summary>
    private const int ForgottenAfterPatiences = 60;

    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    // Never changes.
    private readonly Session _session;
    private readonly TimeSpan _patience;
    private readonly ITimer _timer;

    // Changes, guarded by the session's gate, but for _lastByteAt: only the receive loop writes it.
    private bool _armed;
    private TimeSpan _due;
    private TimeSpan _owedSince;
    private long _lastByteAt;

    public Watchdog(Session session, SftpOptions options)
    {
        _session = session;
        _patience = options.Patience;
        _timer = options.Time.CreateTimer(static state => ((Watchdog)state!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void BytesCame() => Volatile.Write(ref _lastByteAt, _session.Now.Ticks);

    /// <summary>The table was empty and is not any more. Called under the gate.</summary>
    public void RepliesAreOwed()
    {
        _owedSince = _session.Now;
        if (!_armed)
            Arm(_patience);
    }

    public void Dispose() => _timer.Dispose();

    private void Arm(TimeSpan wait)
    {
        _armed = true;
        _due = _session.Now + wait;
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void Tick()
    {
        SftpStalledException? stall;
        lock (_session.Gate)
            stall = Judge(_session.Now);
        if (stall is not null)
            _session.End(stall);
    }

    // Real timers count whole milliseconds and would fire at once, again and again, for less.
    private TimeSpan Clamp(TimeSpan wait) => wait > _patience ? _patience : wait < ShortestWait ? ShortestWait : wait;

    private SftpStalledException? Judge(TimeSpan now)
    {
        _armed = false;
        if (_session.Broken is not null || _session.Table.Count == 0)
            return null;
        if (now - _due > _patience / 2)
            _owedSince = now;
        var lastByte = TimeSpan.FromTicks(Volatile.Read(ref _lastByteAt));
        TimeSpan silence = now - (lastByte > _owedSince ? lastByte : _owedSince);
        TimeSpan allowed = _session.Table.LongestPatience();
        if (silence >= allowed)
            return new SftpStalledException($"Could not go on with the session, because the server owes {_session.Table.Count} replies and sent nothing for {silence.TotalSeconds:0.#} s.");
        if (_session.Table.AnyForgotten(now, ForgottenAfterPatiences))
            return new SftpStalledException("Could not go on with the session, because the server answers later requests and leaves an early one unanswered.");
        Arm(Clamp(allowed - silence));
        return null;
    }
}
