namespace ContentMonster.Watching;

/// <summary>How much a watch keeps in memory, and how often it looks where nothing rings.</summary>
internal sealed record WatchLimits
{
    /// <summary>Files seen and not yet ready. Those beyond are left to a later scan.</summary>
    public int SettlingFiles { get; init; } = 100_000;

    /// <summary>A file that has not settled for so long is being written, as far as `run --once` is concerned; null: ten times SettleTime, at least 30 s.</summary>
    public TimeSpan? LongestSettling { get; init; }

    /// <summary>Kernel events read and not yet looked at.</summary>
    public int BufferedEvents { get; init; } = 65_536;

    /// <summary>Refused paths remembered, to know which may be admitted again when they go.</summary>
    public int RememberedRefusals { get; init; } = 50_000;

    /// <summary>Between two looks whether Location is (still) there.</summary>
    public TimeSpan RootPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A disk that does not answer for so long is told.</summary>
    public TimeSpan HangPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Between scans of a network file system, where the settings name no ScanInterval.</summary>
    public TimeSpan NetworkScanInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Between scans where events are missing: grows with what a scan takes, up to <see cref="LongestShortfallScanInterval"/>.</summary>
    public TimeSpan ShortfallScanInterval { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan LongestShortfallScanInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A scan that takes this long, of millions of files, is done less often than ScanInterval says: a hundred times what it takes apart.</summary>
    public TimeSpan HeavyScan { get; init; } = TimeSpan.FromSeconds(2);

    public TimeSpan LongestHeavyScanInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Between the end of a scan and one that lost hints ask for: a storm of events must not become a storm of scans.</summary>
    public TimeSpan ScanPause { get; init; } = TimeSpan.FromMilliseconds(500);
}
