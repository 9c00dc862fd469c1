namespace ContentMonster.Planning;

/// <summary>
/// How many lanes one vessel is worth, by what was measured. Implementation notes.
/// <para>A connection is held back by loss (without a paced congestion control), by its window over the round trip, or by the CPU; the link itself is
/// shared by all. In the first two cases more lanes are more bytes, in the others they are not. Over a short way it is the CPU, of which each lane's login takes 0.3 s: there a second lane
/// comes where the first is so fast that its programs, one behind the other, must be the limit (1 GiB over loopback on two cores: 4.5 s with two lanes, 5.2 with one; but 256 MiB to
/// each of four vessels at once 5.1 s with two for each, 4.5 with one).</para>
/// <para>Over a long way without pacing all lanes are opened at once: each further one would pay, and over a satellite finding that out one by one
/// takes longer than many a file. Else it begins with few, and a step up stays only where it raised the rate.</para>
/// <para>Paced by bbr one lane fills a link whose bandwidth-delay product is well below the window. Nearer to it bbr never gets out of its start-up
/// phase, in which it wants 2.89 times that product in flight, and floods the link's queue: measured on 10 Mbit/s with 600 ms. So a second lane
/// comes where a third of what the windows allow is reached. The longer the way, the sooner that is, the dearer is the wait for a measure, and the
/// longer a lane's slow start from ten segments: so two come at once from 75 ms, and four from 120 ms (100 Mbit/s, 80 ms, 256 MiB: 26.9 s with two
/// or four, 28.6 with one; 1 Gbit/s, 150 ms, 512 MiB: 19 s with four or eight, 28 with two; but 30 Mbit/s, 60 ms, 32 MiB: 12.2 s with one, 13.2 with
/// four; 10 Mbit/s, 600 ms, 16 MiB: 31 s with four, 36 with two, 32 with six). Where so much waits that four full windows take seconds for it, eight come
/// before a measure has shown that: logging in is eleven round trips.</para>
/// </summary>
/// <param name="asked">The number in the settings: then it is that many. Null: found out.</param>
/// <param name="waitingBytes">At least so much waits.</param>
internal sealed class LanePlan(int? asked, long waitingBytes = 0)
{
    /// <summary>More connections than this are never opened without being asked for: they are others' bandwidth, too.</summary>
    public const int MostUnasked = 8;

    private const int MeasuresBeforeTrying = 10;

    // A step up that brings less than this share of what it could have brought is taken back.
    private const double LeastShare = 0.25;

    // So much of what the windows allow is as much as they allow: the rest are the link's own delays.
    private const double WindowBound = 0.6;
    private const double NearWindow = 0.33;
    private const int MeasuresAfterStepBack = 30;

    // Over a short way: about half of what ssh, sshd and the server's program for SFTP carry on one connection.
    private const double FullNearby = 128 << 20;
    private const int MostFilledNearby = 2;

    // Over a long way that is no satellite's: four windows of 2 MiB carry so much in three seconds at the soonest.
    private const long Much = 256 << 20;

    // Of OpenSSH's 2 MiB it is 8 KiB, five segments. Lanes that have less in flight starve one another: a lost segment is noticed only by a pause of seconds.
    private const double LeastOfWindow = 1.0 / 256;

    // In a row. One alone looks like it after an outage, too: segments that a link has held back meanwhile come with round trips of its whole length.
    private const int MeasuresToStarve = 3;

    /// <summary>From here on a connection's rate hangs on round trips and loss rather than on the machines.</summary>
    public static readonly TimeSpan LongWay = TimeSpan.FromMilliseconds(5);

    /// <summary>A satellite's.</summary>
    public static readonly TimeSpan VeryLongWay = TimeSpan.FromMilliseconds(300);

    private const long MostWorthALane = 2 << 20;
    private const long LeastWorthALane = 256 << 10;
    private static readonly TimeSpan TwoLanesWay = TimeSpan.FromMilliseconds(75);
    private static readonly TimeSpan FourLanesWay = TimeSpan.FromMilliseconds(120);

    // Only the owner's loop reads and writes these.
    private (int Lanes, double BytesPerSecond)? _before;
    private int _rest;
    private int _starving;
    private bool _isNear;

    /// <summary>Lanes to have open while there is work for them.</summary>
    public int Lanes { get; private set; } = asked ?? 1;

    /// <summary>The first lane is up.</summary>
    /// <param name="roundTrip">The shortest seen on it.</param>
    /// <param name="isPaced">Whether connections are paced by a model of the link, so that random loss does not hold them back.</param>
    public void Connected(TimeSpan roundTrip, bool isPaced)
    {
        Lanes = asked ?? AtFirst(roundTrip, isPaced, waitingBytes);
        _isNear = roundTrip < LongWay;
        _rest = MeasuresBeforeTrying;
    }

    /// <summary>Lanes to begin with, as <see cref="Connected"/> will have it.</summary>
    public static int AtFirst(TimeSpan roundTrip, bool isPaced, long waitingBytes) => (roundTrip, isPaced) switch
    {
        ({ } way, _) when way < LongWay => 1,
        (_, false) => MostUnasked,
        ({ } way, true) when way < FourLanesWay => way < TwoLanesWay ? 1 : 2,
        ({ } way, true) => way < VeryLongWay && waitingBytes >= Much ? MostUnasked : 4,
    };

    /// <summary>So many waiting bytes are worth one more lane: the longer the way the fewer, for over a satellite a lane's slow start takes seconds.</summary>
    public static long BytesWorthALane(TimeSpan roundTrip) => Math.Clamp((long)(MostWorthALane * Math.Pow(FourLanesWay / roundTrip, 2)), LeastWorthALane, MostWorthALane);

    /// <summary>All these lanes were open and busy for a while.</summary>
    /// <param name="lanes">So many.</param>
    /// <param name="bytesPerSecond">Acknowledged, all lanes together.</param>
    /// <param name="windowsAllow">Bytes per second that the lanes' largest windows let through in a round trip.</param>
    /// <param name="queued">What is sent waits in the link's queue for longer than its way takes, and for long: the link is full. Loss alone fills none.</param>
    public void Measured(int lanes, double bytesPerSecond, double windowsAllow, bool queued)
    {
        if (asked is not null)
        {
            return;
        }

        _starving = queued && lanes > 1 && bytesPerSecond < windowsAllow * LeastOfWindow ? _starving + 1 : 0;
        if (_starving is > 0 and < MeasuresToStarve)
        {
            return;
        }

        if (_starving > 0)
        {
            _starving = 0;
            Lanes = Math.Max(1, (int)(lanes * bytesPerSecond / (windowsAllow * LeastOfWindow)));
            (_before, _rest) = (null, MeasuresAfterStepBack);
        }
        else if (lanes != Lanes)
        {
            // Those wanted are not all there: too little waits, or they are still on their way home.
        }
        else if (AreHeldBack(lanes, bytesPerSecond, windowsAllow))
        {
            // Surely worth it; nothing to be taken back.
            Lanes = _isNear ? MostFilledNearby : MostUnasked;
            (_before, _rest) = (null, MeasuresAfterStepBack);
        }
        else if (!_isNear && bytesPerSecond >= windowsAllow * NearWindow)
        {
            Lanes = Math.Min(MostUnasked, Lanes + 1);
            _before = null;
        }
        else if (_before is { } before && Lanes > before.Lanes && bytesPerSecond < Enough(before))
        {
            Lanes = before.Lanes;
            (_before, _rest) = (null, MeasuresAfterStepBack);
        }
        else if (_rest > 0)
        {
            _rest--;
        }
        else if (Lanes < MostUnasked)
        {
            _before = (Lanes, bytesPerSecond);
            Lanes = Math.Min(MostUnasked, Math.Max(Lanes + 1, Lanes * 3 / 2));
        }
    }

    /// <summary>
    /// Whether nothing but their windows, or over a short way their own programs, hold these lanes back: so many bytes per second, be it for a moment, are about
    /// what those let through.
    /// </summary>
    public bool AreHeldBack(int lanes, double bytesPerSecond, double windowsAllow) => asked is null && lanes == Lanes && (_isNear
        ? lanes < MostFilledNearby && bytesPerSecond >= lanes * FullNearby
        : lanes < MostUnasked && bytesPerSecond >= windowsAllow * WindowBound);

    private double Enough((int Lanes, double BytesPerSecond) before) =>
        before.BytesPerSecond * (1 + (((double)Lanes / before.Lanes) - 1) * LeastShare);
}
