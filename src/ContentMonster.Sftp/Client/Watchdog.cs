using ContentMonster.Sftp.Wire;

namespace ContentMonster.Sftp.Client;

/// <summary>
/// Notices silence while replies are owed. One timer that is only armed again when it has fired: a request costs no timer.
/// </summary>
/// <remarks>
/// It fires at most one <see cref="SftpOptions.Patience"/> ahead, and no request has less patience than that, so no deadline can fall before it.
/// A tick that comes much too late means that this process was stopped: such time is no silence of the server's.
/// What has come to the server's TCP is looked at several times in a silence. It grows no longer than what was handed over is on its way,
/// so a stopped server on a live host is found out all the same, a patience after bytes were last seen to arrive; ssh's own signs of life are too few to count.
/// Where several connections share a link that is too slow for them, TCP may let one starve while the others get through: then its silence is borne for longer,
/// as long as some of its bytes are under way: a server that has them all and says nothing does not starve.
/// While a request is pending that may take long (an fsync), the connection itself is watched: a link that is gone is no slow disk.
/// </remarks>
internal sealed class Watchdog : IDisposable
{
    /// <summary>A request unanswered for this many times its patience, while others are answered, is a stall too.</summary>
    private const int ForgottenAfterPatiences = 60;

    private static readonly TimeSpan MostYounger = TimeSpan.FromSeconds(2); // a shell's heartbeat comes as often at the least
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    // Never changes.
    private readonly Session _session;
    private readonly TimeSpan _patience;
    private readonly TimeSpan _linkPatience;
    private readonly Func<LinkSigns?>? _link;
    private readonly ITimer _timer;

    // Changes, guarded by the session's gate, but for _lastByteAt: only the receive loop writes it.
    private readonly ArrivalWatch _own;
    private readonly ArrivalWatch _all;
    private bool _armed;
    private TimeSpan _due;
    private TimeSpan _owedSince;
    private long _lastByteAt;
    private LinkSigns? _before;
    private TimeSpan _movedAt;

    public Watchdog(Session session, SftpOptions options)
    {
        _session = session;
        _patience = options.Patience;
        _linkPatience = options.LinkPatience == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : options.LinkPatience;
        _link = options.Link;
        _own = new ArrivalWatch(ArrivalWatch.OfOne, options.Patience);
        _all = new ArrivalWatch(ArrivalWatch.OfAll, options.Patience);
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

    /// <summary>Why the session is to end though it is owed nothing, or null. Called under the gate.</summary>
    /// <remarks>Its last sign of life may be a little younger than that of whoever found the link silent, and it is asked for no other soon.</remarks>
    public SftpStalledException? JudgeIdle(LinkSigns? link)
    {
        TimeSpan younger = _linkPatience / 4 < MostYounger ? _linkPatience / 4 : MostYounger;
        return _session.Table.Count == 0 && link is { } known && known.Unheard >= _linkPatience - younger ? Gone(known.Unheard) : null;
    }

    public void Dispose() => _timer.Dispose();

    private TimeSpan Step => _link is null ? _patience : _own.Pause;

    private void Arm(TimeSpan wait)
    {
        _armed = true;
        _due = _session.Now + wait;
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void Tick()
    {
        SftpStalledException? stall;
        LinkSigns? link = _link?.Invoke();
        lock (_session.Gate)
            stall = Judge(_session.Now, link);
        if (stall is not null)
            _session.End(stall);
    }

    // Real timers count whole milliseconds and would fire at once, again and again, for less.
    private TimeSpan Clamp(TimeSpan wait) => wait > Step ? Step : wait < ShortestWait ? ShortestWait : wait;

    private SftpStalledException? Judge(TimeSpan now, LinkSigns? link)
    {
        _armed = false;
        if (_session.Broken is not null || _session.Table.Count == 0)
            return null;
        if (now - _due > _patience / 2)
            _owedSince = now;
        var lastByte = TimeSpan.FromTicks(Volatile.Read(ref _lastByteAt));
        TimeSpan heard = lastByte > _owedSince ? lastByte : _owedSince;
        _own.Look(now, link?.Arrived, heard);
        _all.Look(now, link?.ArrivedInAll, heard);
        TimeSpan silence = now - (_own.SeenAt is { } seen && seen > heard ? seen : heard);
        TimeSpan allowed = _session.Table.LongestPatience();
        bool isLong = allowed > _patience;
        int patiences = link is { IsWaiting: true } && _all.StillGrows(now) ? SftpOptions.PatiencesInCompany : 1;
        allowed *= patiences;
        TimeSpan linkSilence = LinkSilence(now, link, heard);
        if (isLong && linkSilence / patiences >= _linkPatience)
            return Gone(linkSilence);
        if (silence >= allowed)
            return Stalled(silence, now, link);
        if (_session.Table.AnyForgotten(now, ForgottenAfterPatiences))
            return new SftpStalledException("Could not go on with the session, because the server answers later requests and leaves an early one unanswered.");
        TimeSpan left = allowed - silence;
        TimeSpan linkLeft = isLong && _linkPatience < left ? (_linkPatience * patiences) - linkSilence : left;
        Arm(Clamp(linkLeft < left ? linkLeft : left));
        return null;
    }

    // A sign of life from its later half: one from the first may be older than the break of a link.
    private SftpStalledException Stalled(TimeSpan silence, TimeSpan now, LinkSigns? link)
    {
        Pending first = _session.Table.First();
        ReadOnlyMemory<byte> path = first.Path;
        bool lives = link is { } known && known.Unheard < silence / 2;
        string at = path.IsEmpty ? "" : $"{(lives ? "; its connection lives, so it seems to hang at" : "; what it was asked first is about")} {Escaped.Text(path.Span)}";
        return new($"Could not go on with the session, because the server owes {_session.Table.Count} replies and sent nothing for {silence.TotalSeconds:0.#} s{at}.") { First = path.IsEmpty ? null : new(path, lives, now - first.SentAt) };
    }

    private static SftpStalledException Gone(TimeSpan silence) =>
        new($"Could not go on with the session, because nothing came over its connection for {silence.TotalSeconds:0.#} s, not even a sign of life that ssh asked for.") { OfTheLink = true };

    // What was taken at once is no sign of life: a box on the way does that, too.
    private TimeSpan LinkSilence(TimeSpan now, LinkSigns? link, TimeSpan heard)
    {
        if (link is not { } signs || (_before is { IsWaiting: true } before && signs.Arrived != before.Arrived))
            _movedAt = now;
        _before = link;
        TimeSpan still = now - (_movedAt > heard ? _movedAt : heard);
        return link is { } known && known.Unheard < still ? known.Unheard : still;
    }
}
