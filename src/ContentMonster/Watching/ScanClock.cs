using ContentMonster.Shore;

namespace ContentMonster.Watching;

/// <summary>When everything is to be scanned.</summary>
internal sealed class ScanClock(WatchOrder order, ShoreRoot root, IHintSource hints)
{
    private long _began;
    private long _ended;
    private TimeSpan _took;
    private bool _first = true;

    /// <summary>Something asks for a scan before its time.</summary>
    public bool Wanted { get; set; }

    /// <summary>The last scan could not see everything.</summary>
    public bool Troubled { get; set; }

    /// <summary>Until the next scan; not positive: now.</summary>
    public TimeSpan Left
    {
        get
        {
            TimeSpan wait = _first ? TimeSpan.Zero : Wanted ? order.Limits.ScanPause : Interval;
            return wait - order.Time.GetElapsedTime(_ended);
        }
    }

    public void Begin()
    {
        _first = false;
        Wanted = false;
        _began = order.Time.GetTimestamp();
    }

    public TimeSpan End()
    {
        _ended = order.Time.GetTimestamp();
        _took = order.Time.GetElapsedTime(_began, _ended);
        return _took;
    }

    private TimeSpan Interval
    {
        get
        {
            TimeSpan interval = order.Settings.ScanInterval;
            if (root.IsNetworkFileSystem && !order.Settings.NamesScanInterval)
            {
                interval = Shorter(interval, order.Limits.NetworkScanInterval);
            }

            if (hints.Shortfall is not null || Troubled)
            {
                TimeSpan often = Shorter(_took * 10, order.Limits.LongestShortfallScanInterval);
                return Shorter(interval, often > order.Limits.ShortfallScanInterval ? often : order.Limits.ShortfallScanInterval);
            }

            return Heard && _took >= order.Limits.HeavyScan ? Longer(interval, Shorter(_took * 100, order.Limits.LongestHeavyScanInterval)) : interval;
        }
    }

    /// <summary>The kernel tells of every change, so a scan only makes sure: it need not cost more than a hundredth of the time.</summary>
    private bool Heard => root.KeepsChangeTime && hints is InotifyHints;

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
