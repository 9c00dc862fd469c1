namespace ContentMonster.Sftp.Client;

/// <summary>Tells by a counter of the kernel's whether bytes still get through: two looks lie some time apart, and it has grown by more than what ssh says by itself.</summary>
/// <param name="leastASecond">Growth below this is none, in bytes a second.</param>
internal sealed class ArrivalWatch(double leastASecond)
{
    private const long Least = 256;

    // Three looks later without growth it is over: at most a patience after the last byte, and no less than half of it.
    private const double LooksInAPatience = 4;
    private const double ShareOfPatience = 0.7;
    private (TimeSpan At, long Bytes)? _before;

    /// <summary>When it was last seen growing, on the caller's clock; null: never.</summary>
    public TimeSpan? SeenAt { get; private set; }

    /// <param name="now">On the caller's clock.</param>
    /// <param name="arrived">The counter a moment ago; null: not known.</param>
    /// <param name="since">An earlier look than this does not count.</param>
    /// <param name="apart">The least time between two looks.</param>
    public void Look(TimeSpan now, long? arrived, TimeSpan since, TimeSpan apart)
    {
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
    public bool StillGrows(TimeSpan now, TimeSpan patience) => SeenAt is { } seen && now - seen < patience * ShareOfPatience;

    /// <summary>How often to look while that is what counts.</summary>
    public static TimeSpan Pause(TimeSpan patience) => patience / LooksInAPatience;
}
