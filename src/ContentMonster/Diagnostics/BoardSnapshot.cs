using ContentMonster.Model;

namespace ContentMonster.Diagnostics;

/// <summary>What the daemon is doing right now; serialised as JSON over the control socket and shown by `status` and `demo`.</summary>
internal sealed record BoardSnapshot(
    DateTimeOffset At, DateTimeOffset StartedAt, IReadOnlyList<DirectorySnapshot> Directories, IReadOnlyList<VesselSnapshot> Vessels);

/// <param name="Name">In the settings.</param>
/// <param name="State">"watching", "scanning", "missing", ...: a word for people.</param>
/// <param name="Problem">What is wrong and what to do, or null.</param>
/// <param name="SettlingFiles">Seen, not yet ready.</param>
internal sealed record DirectorySnapshot(string Name, string Location, string State, string? Problem, long SettlingFiles)
{
    /// <summary>Of the settling files the first hundred that have not settled for long; relative paths, as they may be shown.</summary>
    public IReadOnlyList<string> BeingWritten { get; init; } = [];
}

internal enum VesselState { Idle, Connecting, Working, BackingOff, Stopped, Paused }

/// <param name="Name">In the settings.</param>
/// <param name="Lanes">Open SFTP sessions.</param>
/// <param name="BytesPerSecond">Acknowledged, over the last ten seconds.</param>
/// <param name="WaitingFiles">Not yet published there.</param>
/// <param name="WaitingBytes">Of those, not yet acknowledged.</param>
/// <param name="Eta">WaitingBytes over BytesPerSecond; null while nothing moves.</param>
internal sealed record VesselSnapshot(
    string Name,
    VesselState State,
    int Lanes,
    double BytesPerSecond,
    long WaitingFiles,
    long WaitingBytes,
    TimeSpan? Eta,
    FailureKind? ErrorKind,
    string? LastError,
    string? Advice,
    DateTimeOffset? LastErrorAt,
    DateTimeOffset? NextAttempt,
    long PublishedFiles,
    long PublishedBytes,
    IReadOnlyList<ActiveFile> Active,
    LinkSnapshot? Link = null);

/// <summary>The TCP connections of a vessel's open lanes, as the shore's kernel sees them.</summary>
/// <param name="CongestionControl">The algorithm in use, or several; null: not told.</param>
/// <param name="RoundTrip">Smoothed, the mean of the lanes.</param>
/// <param name="LeastRoundTrip">Of the last minutes; null: not known yet.</param>
/// <param name="RetransmittedShare">Bytes sent again over bytes sent, since the lanes were opened: 0 to 1.</param>
/// <param name="DeliveryBytesPerSecond">The newest rates of all lanes, added up.</param>
/// <param name="Lanes">Of how many this is known.</param>
internal sealed record LinkSnapshot(
    string? CongestionControl, TimeSpan RoundTrip, TimeSpan? LeastRoundTrip, double RetransmittedShare, long DeliveryBytesPerSecond, int Lanes);

/// <param name="Directory">Name in the settings.</param>
/// <param name="File">Relative path, as it may be shown.</param>
/// <param name="Stage">"sending", "verifying", "publishing".</param>
internal sealed record ActiveFile(string Directory, string File, long SizeInBytes, long AcknowledgedBytes, string Stage);
