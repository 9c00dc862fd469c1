using System.Runtime.InteropServices;
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

    /// <summary>What is known of it so far; all of it once <see cref="Explored"/> has completed.</summary>
    VesselFacts Facts { get; }

    /// <summary>
    /// Completes when the vessel has been looked at: its shell, how it proves content, whether it restarted. New files may be sent before that, nothing
    /// may be hashed, published or taken for sent before. Faults with a <see cref="VesselException"/>.
    /// </summary>
    Task Explored { get; }

    /// <summary>Opens one more lane. The first one is there when the vessel is connected: this returns it once, then makes others.</summary>
    Task<IVesselLane> OpenLaneAsync(CancellationToken cancellationToken);

    /// <summary>What stands at a path (links not followed); null: nothing, or no such directory.</summary>
    Task<RemoteLook?> LookAsync(BytePath path, CancellationToken cancellationToken);

    /// <summary>What stands in a directory; empty: nothing, or no such directory; null: more than <paramref name="most"/>, or it is not told.</summary>
    Task<IReadOnlySet<BytePath>?> NamesAsync(BytePath directory, int most, CancellationToken cancellationToken);

    /// <summary>Makes an empty unfinished file (0600, exclusive) and missing directories above it. One that is there already is ours: kept.</summary>
    Task CreateAsync(BytePath part, CancellationToken cancellationToken);

    /// <summary>The room beside an unfinished file; null: the server does not tell.</summary>
    Task<RemoteSpace?> SpaceAsync(BytePath part, CancellationToken cancellationToken);

    /// <summary>SHA-256 of ranges, computed from the files on the vessel, in the order asked. See <see cref="VesselFacts.Proof"/> for how.</summary>
    Task<IReadOnlyList<RangeHash>> HashAsync(IReadOnlyList<RemoteRange> ranges, CancellationToken cancellationToken);

    /// <summary>Joins chunk files into the hidden sibling, part after part (Assembly = cat). Begins anew if the sibling stands there already. Takes a shell.</summary>
    Task JoinAsync(IReadOnlyList<BytePath> pieces, BytePath joined, long largestPiece, CancellationToken cancellationToken);

    /// <summary>Copies a whole file on the vessel: from TempDir to the hidden sibling on another file system. Takes a shell or copy-data.</summary>
    Task CopyAsync(BytePath from, BytePath to, long sizeInBytes, CancellationToken cancellationToken);

    /// <summary>
    /// Makes an unfinished file to which nothing more is written durable, and gives it its time and mode, ahead of its publication: while it is still
    /// being verified. A later write to it makes this void.
    /// </summary>
    Task<ReadyPart> ReadyAsync(PublishRequest request, CancellationToken cancellationToken);

    /// <summary>Makes whole and verified unfinished files durable and renames them; one outcome for each, in the order asked. Never throws for one file's sake.</summary>
    Task<IReadOnlyList<PublishOutcome>> PublishAsync(IReadOnlyList<PublishRequest> requests, CancellationToken cancellationToken);

    /// <summary>
    /// Unpacks archives that were written whole, hashes what is in them, from the unpacked files, and where all is right makes it durable and renames it; true
    /// for each pack that is all in place, durably. Of one that is not, any part may be that was right; null: none was begun, because one whose end
    /// is <see cref="PackContent.AwaitedBytes">awaited</see> did not come whole in time. See <see cref="VesselFacts.CanUnpack"/>.
    /// </summary>
    Task<IReadOnlyList<bool?>> DeliverPacksAsync(IReadOnlyList<PackContent> packs, CancellationToken cancellationToken);

    /// <summary>Gives a file that is there already the mode and time it should have, and makes it and its name durable; whether that could be done.</summary>
    Task<bool> AdoptAsync(PublishRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Removes unfinished files that the ledger made, with the chunk files that go with them. Those that are gone are fine. Returned are those that could not
    /// be removed, each with why: no other is there any more.
    /// </summary>
    Task<IReadOnlyDictionary<BytePath, VesselException>> SweepAsync(IReadOnlyList<BytePath> parts, CancellationToken cancellationToken);

    /// <summary>Whether the shell that it <see cref="VesselFacts.MissesShell"/> answers now. To use it the vessel is connected anew.</summary>
    Task<bool> ShellAnswersAsync(CancellationToken cancellationToken) => Task.FromResult(false);

    /// <summary>Whether an unfinished file is one that this connection makes and removes by itself, to look around with: not to be swept.</summary>
    bool Owns(BytePath part) => false;

    /// <summary>Where the unfinished files of an attempt lie.</summary>
    PartLayout LayoutFor(BytePath destination, string id);
}

/// <summary>One SFTP session that carries chunks.</summary>
internal interface IVesselLane : IAsyncDisposable
{
    /// <summary>Completes (never faults) when the lane is broken or closed.</summary>
    Task Ended { get; }

    /// <summary>Why it has; null: it lives, or nobody knows.</summary>
    VesselException? Fault => null;

    /// <summary>What tells how the lane gets on.</summary>
    LaneSigns Signs { get; }

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

/// <param name="WindowInBytes">File bytes that it has in flight at the most, now.</param>
/// <param name="MostInFlightInBytes">What that may grow to.</param>
/// <param name="RoundTrip">The shortest seen.</param>
/// <param name="IsPaced">Whether its connection is paced by a model of the link (bbr): then random loss does not hold it back.</param>
internal readonly record struct LaneSigns(int WindowInBytes, int MostInFlightInBytes, TimeSpan RoundTrip, bool IsPaced);

/// <summary>Where a lane reads what it sends.</summary>
internal interface IChunkSource
{
    /// <summary>Fills the buffer unless the source ends before.</summary>
    int Read(long offset, Span<byte> buffer);

    /// <summary>An open file with the same bytes at the same offsets, from which the kernel may send; null: there is none.</summary>
    SafeHandle? File => null;
}

/// <summary>Connects to one vessel: opens the first lane, and begins to look at what is there.</summary>
/// <param name="waitingBytes">At least so much waits for it: tells whether more than one lane will be wanted.</param>
/// <param name="cancellationToken">Ends the attempt.</param>
internal delegate Task<IVessel> ConnectVessel(long waitingBytes, CancellationToken cancellationToken);
