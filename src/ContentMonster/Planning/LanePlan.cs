namespace ContentMonster.Planning;

/// <summary>
/// How many lanes one vessel is worth, by what was measured. Implementation notes.
/// <para>A connection is held back by loss (without a paced congestion control), by its window over the round trip, or by the CPU; the link itself is
/// shared by all. In the first two cases more lanes are more bytes, in the others they are not.</para>
/// <para>Over a long way without pacing all lanes are opened at once: each further one would pay, and over a satellite finding that out one by one
/// takes longer than many a file. Else it begins with few, and a step up stays only where it raised the rate.</para>
/// </summary>
/// <param name="asked">The number in the settings: then it is that many. Null: found out.</param>
internal sealed class LanePlan(int? asked)
{
    /// <summary>More connections than this are never opened without being asked for: they are others' bandwidth, too.</summary>
    public const int MostUnasked = 8;

    private const int FirstPaced = 2;

    // A step up that brings less than this share of what it could have brought is taken back.
    private const double LeastShare = 0.25;

    // So much of what the windows allow is as much as they allow: the rest are the link's own delays.
    private const double WindowBound = 0.5;
    private const int MeasuresAfterStepBack = 30;

    /// <summary>From here on a connection's rate hangs on round trips and loss rather than on the machines.</summary>
    public static readonly TimeSpan LongWay = TimeSpan.FromMilliseconds(5);

    // Only the owner's loop reads and writes these.
    private (int Lanes, double BytesPerSecond)? _before;
    private int _rest;

    /// <summary>Lanes to have open while there is work for them.</summary>
    public int Lanes { get; private set; } = asked ?? 1;

    /// <summary>The first lane is up.</summary>
    /// <param name="roundTrip">The shortest seen on it.</param>
    /// <param name="isPaced">Whether connections are paced by a model of the link, so that random loss does not hold them back.</param>
    public void Connected(TimeSpan roundTrip, bool isPaced) => Lanes = asked ?? AtFirst(roundTrip, isPaced);

    /// <summary>Lanes to begin with, as <see cref="Connected"/> will have it.</summary>
    public static int AtFirst(TimeSpan roundTrip, bool isPaced) => roundTrip < LongWay ? 1 : isPaced ? FirstPaced : MostUnasked;

    /// <summary>All these lanes were open and busy for a while.</summary>
    /// <param name="bytesPerSecond">Acknowledged, all lanes together.</param>
    /// <param name="windowsAllow">Bytes per second that the lanes' largest windows let through in a round trip.</param>
    public void Measured(double bytesPerSecond, double windowsAllow)
    {
        if (asked is not null)
        {
            return;
        }

        if (_before is { } before && Lanes > before.Lanes && bytesPerSecond < Enough(before))
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
            Lanes = bytesPerSecond >= windowsAllow * WindowBound ? MostUnasked : Math.Min(MostUnasked, Math.Max(Lanes + 1, Lanes * 3 / 2));
        }
    }

    private double Enough((int Lanes, double BytesPerSecond) before) =>
        before.BytesPerSecond * (1 + (((double)Lanes / before.Lanes) - 1) * LeastShare);
}
