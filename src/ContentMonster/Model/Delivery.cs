namespace ContentMonster.Model;

/// <summary>How far one version has come on one vessel. Values are stored: never renumber.</summary>
public enum DeliveryState
{
    Waiting = 0,

    /// <summary>An unfinished file of ours is (or may be) on the vessel.</summary>
    Sending = 1,

    /// <summary>Whole and verified there; the rename may have been sent.</summary>
    Publishing = 2,

    Published = 3,

    /// <summary>No longer wanted: superseded, deleted on the shore, or the vessel left the settings.</summary>
    Withdrawn = 4,
}

/// <summary>How content was proved on the vessel. Values are stored: never renumber.</summary>
public enum VerifiedBy { Nothing = 0, RemoteHash = 1, CheckFile = 2, Readback = 3 }

/// <summary>What is known of one chunk on one vessel.</summary>
/// <param name="Number">From 0.</param>
/// <param name="AcknowledgedBytes">Acknowledged without a gap from the chunk's start.</param>
/// <param name="VerifiedBootId">Null: not verified. Else the vessel's boot id when it was (empty: unknown).</param>
public sealed record ChunkProgress(int Number, long AcknowledgedBytes, string? VerifiedBootId);

/// <summary>One version on its way to one vessel.</summary>
public sealed record Delivery
{
    public required FileVersion Version { get; init; }
    public required string Vessel { get; init; }
    public required DeliveryState State { get; init; }

    /// <summary>Where its unfinished file lies on the vessel; null before the first attempt.</summary>
    public BytePath? Part { get; init; }

    /// <summary>Only chunks of which something is known, by number.</summary>
    public IReadOnlyList<ChunkProgress> Chunks { get; init; } = [];

    /// <summary>Bytes that the vessel does not have yet.</summary>
    public long BytesLeft => Version.Stamp.SizeInBytes - Chunks.Sum(static chunk => chunk.AcknowledgedBytes);

    /// <summary>Failures in a row of this file on this vessel (not of the vessel's link).</summary>
    public int Failures { get; init; }

    public int Priority { get; init; }
}

/// <summary>A delivery that is durably on the vessel.</summary>
public sealed record PublishedDelivery(long VersionId, string Vessel, VerifiedBy VerifiedBy, bool Durable, long BytesSent);
