using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Delivering;

/// <summary>A vessel of which only lanes can be opened and places looked at.</summary>
internal sealed class HandVessel<TLane> : IVessel
    where TLane : IVesselLane
{
    private readonly List<TLane> _lanes = []; // guarded by itself

    public TLane[] Lanes
    {
        get
        {
            lock (_lanes)
            {
                return [.. _lanes];
            }
        }
    }

    public Func<TLane> NewLane { get; init; } = static () => throw new NotSupportedException();

    /// <summary>What passes before each but the first is open.</summary>
    public Func<Task> Dial { get; init; } = static () => Task.CompletedTask;

    public Func<BytePath, Task<RemoteLook?>> Look { get; init; } = static _ => throw new NotSupportedException();

    public Func<BytePath, Task<IReadOnlySet<BytePath>?>> List { get; init; } = static _ => Task.FromResult<IReadOnlySet<BytePath>?>(null);

    public Func<RemoteRange, RangeHash> Hash { get; init; } = static _ => throw new NotSupportedException();

    public Func<BytePath, RemoteSpace?> Space { get; init; } = static _ => throw new NotSupportedException();

    public Func<IReadOnlyList<BytePath>, Task> Sweep { get; init; } = static _ => throw new NotSupportedException();

    public string Name => "v";

    public VesselFacts Facts { get; init; } = new();

    public Task Explored => Task.CompletedTask;

    public async Task<IVesselLane> OpenLaneAsync(CancellationToken cancellationToken)
    {
        if (Lanes.Length > 0)
        {
            await Dial().WaitAsync(cancellationToken);
        }

        lock (_lanes)
        {
            _lanes.Add(NewLane());
            return _lanes[^1];
        }
    }

    public Task<RemoteLook?> LookAsync(BytePath path, CancellationToken cancellationToken) => Look(path);

    public Task<IReadOnlySet<BytePath>?> NamesAsync(BytePath directory, int most, CancellationToken cancellationToken) => List(directory);

    public Task CreateAsync(BytePath part, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<RemoteSpace?> SpaceAsync(BytePath part, CancellationToken cancellationToken) => Task.FromResult(Space(part));

    public Task<IReadOnlyList<RangeHash>> HashAsync(IReadOnlyList<RemoteRange> ranges, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RangeHash>>([.. ranges.Select(Hash)]);

    public Task JoinAsync(IReadOnlyList<BytePath> pieces, BytePath joined, long largestPiece, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task CopyAsync(BytePath from, BytePath to, long sizeInBytes, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ReadyPart> ReadyAsync(PublishRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<PublishOutcome>> PublishAsync(IReadOnlyList<PublishRequest> requests, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<bool?>> DeliverPacksAsync(IReadOnlyList<PackContent> packs, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> AdoptAsync(PublishRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public async Task<IReadOnlyDictionary<BytePath, VesselException>> SweepAsync(IReadOnlyList<BytePath> parts, CancellationToken cancellationToken)
    {
        await Sweep(parts);
        return new Dictionary<BytePath, VesselException>();
    }

    public PartLayout LayoutFor(BytePath destination, string id) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
