using ContentMonster.Diagnostics;
using ContentMonster.Model;

namespace ContentMonster.Vessels;

/// <summary>
/// The far side, connected: what can be asked of one vessel. All trouble is a <see cref="VesselException"/>. Every method may be called by
/// any number of tasks at once; each step can be repeated after a lost reply and then settles by looking.
/// </summary>
internal interface IVessel : IAsyncDisposable
{
    string Name { get; }

    /// <summary>What was found when it was connected.</summary>
    VesselFacts Facts { get; }

    /// <summary>Opens one more lane. The first one is there when the vessel is connected: this returns it once, then makes others.</summary>
    Task<IVesselLane> OpenLaneAsync(CancellationToken cancellationToken);

    /// <summary>What stands at a path (links not followed); null: nothing, or no such directory.</summary>
    Task<RemoteLook?> LookAsync(BytePath path, CancellationToken cancellationToken);

    /// <summary>Makes an empty unfinished file (0600, exclusive) and missing directories above it. One that is there already is ours: kept.</summary>
    Task CreateAsync(BytePath part, CancellationToken cancellationToken);

    /// <summary>Bytes that may still be written beside an unfinished file; null: the server does not tell.</summary>
    Task<long?> FreeBytesAsync(BytePath part, CancellationToken cancellationToken);

    /// <summary>SHA-256 of ranges, computed from the files on the vessel, in the order asked. See <see cref="VesselFacts.Proof"/> for how.</summary>
    Task<IReadOnlyList<RangeHash>> HashAsync(IReadOnlyList<RemoteRange> ranges, CancellationToken cancellationToken);

    /// <summary>Joins chunk files into the hidden sibling, part after part (Assembly = cat). Begins anew if the sibling stands there already.</summary>
    Task JoinAsync(IReadOnlyList<BytePath> pieces, BytePath joined, CancellationToken cancellationToken);

    /// <summary>Copies a whole file on the vessel: from TempDir to the hidden sibling on another file system.</summary>
    Task CopyAsync(BytePath from, BytePath to, long sizeInBytes, CancellationToken cancellationToken);

    /// <summary>Makes whole and verified unfinished files durable and renames them; one outcome for each, in the order asked. Never throws for one file's sake.</summary>
    Task<IReadOnlyList<PublishOutcome>> PublishAsync(IReadOnlyList<PublishRequest> requests, CancellationToken cancellationToken);

    /// <summary>Gives a file that is there already the mode and time it should have, and makes it and its name durable; whether that could be done.</summary>
    Task<bool> AdoptAsync(PublishRequest request, CancellationToken cancellationToken);

    /// <summary>Removes unfinished files that the ledger made, with the chunk files that go with them. Those that are gone are fine.</summary>
    Task SweepAsync(IReadOnlyList<BytePath> parts, CancellationToken cancellationToken);

    /// <summary>Where the unfinished files of an attempt lie.</summary>
    PartLayout LayoutFor(BytePath destination, string id);
}

/// <summary>One SFTP session that carries chunks.</summary>
internal interface IVesselLane : IAsyncDisposable
{
    /// <summary>Completes (never faults) when the lane is broken or closed.</summary>
    Task Ended { get; }

    /// <summary>
    /// Writes a range of the source into a file on the vessel. <paramref name="acknowledged"/> is told how many bytes are acknowledged without
    /// a gap. <paramref name="create"/>: the file is new (made exclusively, with missing parents).
    /// </summary>
    Task SendAsync(BytePath file, bool create, long remoteOffset, IChunkSource source, long sourceOffset, long length, Action<long>? acknowledged, CancellationToken cancellationToken);

    /// <summary>No more is sent into this file on this lane for now.</summary>
    Task ReleaseAsync(BytePath file, CancellationToken cancellationToken);

    /// <summary>How the kernel sees the lane's connection; null: not known. Costs microseconds.</summary>
    LinkReading? ReadLink() => null;
}

/// <summary>Where a lane reads what it sends.</summary>
internal interface IChunkSource
{
    /// <summary>Fills the buffer unless the source ends before.</summary>
    int Read(long offset, Span<byte> buffer);
}

/// <summary>Connects to one vessel: opens the first lane, then the shell, looks at what is there.</summary>
internal delegate Task<IVessel> ConnectVessel(CancellationToken cancellationToken);
