namespace ContentMonster.Sftp.Client;

/// <summary>Tells by a counter of the kernel's whether bytes still get through during a silence: two looks lie some time apart, and it has grown by more than what ssh says by itself.</summary>
/// <param name="leastASecond">Growth below this is none, in bytes a second: <see cref="OfOne"/> or <see cref="OfAll"/>.</param>
/// <param name="patience">What the silence is measured against.</param>
internal sealed class ArrivalWatch(double leastASecond, TimeSpan patience)
{
    // ssh's own are about 100 each 5 s, from each of at most a dozen connections.
    public const double OfOne = 100;
    public const double OfAll = 1_000;
    private const long Least = 256;

    // Three looks later without growth it is over: at most a patience after the last byte, and no less than half of it.
    private const double LooksInAPatience = 4;
    private const double ShareOfPatience = 0.7;

    // A timer may fire a millisecond early.
    private const double ShareOfPause = 0.9;
    private (TimeSpan At, long Bytes)? _before;

    /// <summary>How often to look.</summary>
    public TimeSpan Pause => patience / LooksInAPatience;

    /// <summary>When it was last seen growing, on the caller's clock; null: never.</summary>
    public TimeSpan? SeenAt { get; private set; }

    /// <summary>
    /// Both looks fall into the silence, some time after it began: what was on its way when the last reply came has arrived by then unless the link is slow, and
    /// is no sign of life.
    /// </summary>
    /// <param name="now">On the caller's clock.</param>
    /// <param name="arrived">The counter a moment ago; null: not known.</param>
    /// <param name="heard">When the silence began.</param>
    public void Look(TimeSpan now, long? arrived, TimeSpan heard)
    {
        TimeSpan apart = Pause * ShareOfPause;
        TimeSpan since = heard + apart;
        if (arrived is not long bytes || now < since)
        {
            _before = null;
        }
        else if (_before is not { } before || before.At < since)
        {
            _before = (now, bytes);
        }
        else if (now - before.At >= apart)
        {
            SeenAt = bytes - before.Bytes >= Math.Max(Least, leastASecond * (now - before.At).TotalSeconds) ? now : SeenAt;
            _before = (now, bytes);
        }
    }

    /// <summary>It was seen growing lately: asked each <see cref="Pause"/>, that ends within a patience of the last byte.</summary>
    public bool StillGrows(TimeSpan now) => SeenAt is { } seen && now - seen < patience * ShareOfPatience;
}
