using System.Security.Cryptography;
using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Simulation;

/// <summary>A connection to a simulated vessel. Each step is a request of its own: anything may happen between two.</summary>
internal sealed class SimulatedVessel(SimulatedHost host) : IVessel
{
    private readonly List<SimulatedLane> _lanes = [];
    private bool _firstTaken;
    private bool _closed;

    public string Name => host.Name;

    public VesselFacts Facts { get; } = host.Facts;

    public Task Explored => Task.CompletedTask;

    public void BreakAll() => _lanes.ForEach(lane => lane.Break(FailureKind.ConnectionLost));

    public void BreakOne()
    {
        SimulatedLane[] living = [.. _lanes.Where(lane => lane.Broken is null)];
        if (living.Length > 0)
        {
            living[host.Chance.Next(living.Length)].Break(FailureKind.ConnectionLost);
        }
    }

    public SimulatedVessel Connected()
    {
        _lanes.Add(new SimulatedLane(host));
        return this;
    }

    public async Task<IVesselLane> OpenLaneAsync(CancellationToken cancellationToken)
    {
        if (!_firstTaken)
        {
            _firstTaken = true;
            return _lanes[0];
        }

        await Task.Delay(host.Latency() * 3, host.Clock, cancellationToken);
        if (_closed || host.Refusal is not null || _lanes.Count(lane => lane.Broken is null) >= host.MostLanes)
        {
            throw new VesselException(FailureKind.TooManyConnections, $"Could not open another lane to {Name}, because the server takes no more.");
        }

        if (host.Facts.BootId != Facts.BootId || host.Draw() != Mishap.None)
        {
            throw new VesselException(FailureKind.ConnectionLost, $"Could not open another lane to {Name}, because the connection ended.");
        }

        var lane = new SimulatedLane(host);
        _lanes.Add(lane);
        return lane;
    }

    public Task<RemoteLook?> LookAsync(BytePath path, CancellationToken cancellationToken) => AskAsync($"look {host.Label(path)}", () => host.Look(path), cancellationToken);

    public Task<IReadOnlySet<BytePath>?> NamesAsync(BytePath directory, int most, CancellationToken cancellationToken) =>
        AskAsync($"list {host.Label(directory)}", () => host.Names(directory) is var names && names.Count <= most ? names : null, cancellationToken);

    public Task CreateAsync(BytePath part, CancellationToken cancellationToken) => AskAsync($"create {host.Label(part)}", () => host.Create(part), cancellationToken);

    public Task<RemoteSpace?> SpaceAsync(BytePath part, CancellationToken cancellationToken) => AskAsync<RemoteSpace?>("free", () => new RemoteSpace(host.IsFull ? 0 : 1 << 20, 1, 1 << 20), cancellationToken);

    public Task<IReadOnlyList<RangeHash>> HashAsync(IReadOnlyList<RemoteRange> ranges, CancellationToken cancellationToken) =>
        Facts.Proof == VerifiedBy.Nothing
            ? Task.FromException<IReadOnlyList<RangeHash>>(new VesselException(FailureKind.Unsupported, $"Could not hash on {Name}, because there is no way to."))
            : AskAsync<IReadOnlyList<RangeHash>>($"hash {string.Join(' ', ranges.Select(range => $"{host.Label(range.File)} {range.Offset}+{range.Length}"))}", () => [.. ranges.Select(Hash)], cancellationToken);

    public Task JoinAsync(IReadOnlyList<BytePath> pieces, BytePath joined, long largestPiece, CancellationToken cancellationToken) =>
        Facts.HasShell ? PutTogetherAsync(pieces, joined, cancellationToken) : Unsupported($"join {joined}", "it has no shell");

    public Task CopyAsync(BytePath from, BytePath to, long sizeInBytes, CancellationToken cancellationToken) => Facts.HasShell || Facts.Extensions.Contains("copy-data", StringComparer.Ordinal)
        ? PutTogetherAsync([from], to, cancellationToken)
        : Unsupported($"copy {from} to {to}", "it has neither a shell nor copy-data");

    public async Task<ReadyPart> ReadyAsync(PublishRequest request, CancellationToken cancellationToken) =>
        new(null, null, await FinishAsync(request, cancellationToken));

    public Task<IReadOnlyList<bool?>> DeliverPacksAsync(IReadOnlyList<PackContent> packs, CancellationToken cancellationToken) => throw NoPacks();

    public async Task<IReadOnlyList<PublishOutcome>> PublishAsync(IReadOnlyList<PublishRequest> requests, CancellationToken cancellationToken)
    {
        PublishOutcome[] outcomes = await Task.WhenAll(requests.Select(request => PublishOneAsync(request, cancellationToken)));
        bool durable = true;
        foreach (BytePath directory in requests.Where((_, at) => outcomes[at].Done).Select(request => request.Destination.Parent).Distinct())
        {
            durable &= await SyncDirectoryAsync(directory, cancellationToken);
        }

        return [.. outcomes.Select(outcome => outcome with { Durable = outcome.Done && durable })];
    }

    public async Task<bool> AdoptAsync(PublishRequest request, CancellationToken cancellationToken)
    {
        await AskAsync($"adopt {host.Label(request.Destination)}", () => host.Finish(request.Destination, request, Facts.CanSync), cancellationToken);
        return await SyncDirectoryAsync(request.Destination.Parent, cancellationToken);
    }

    public async Task<IReadOnlyDictionary<BytePath, VesselException>> SweepAsync(IReadOnlyList<BytePath> parts, CancellationToken cancellationToken)
    {
        await Task.WhenAll(_lanes.Select(lane => lane.OpenedAsync(cancellationToken)));
        await AskAsync($"sweep {string.Join(' ', parts.Select(host.Label))}", () => host.Sweep(parts), cancellationToken);

        // All of them: an earlier sweep whose reply was lost may have removed what this one does not find.
        foreach (BytePath directory in parts.Select(part => part.Parent).Concat(host.TempFolder is BytePath folder ? [folder] : []).Distinct())
        {
            await SyncDirectoryAsync(directory, cancellationToken);
        }

        return new Dictionary<BytePath, VesselException>();
    }

    public PartLayout LayoutFor(BytePath destination, string id) => new(PartName.Sibling(destination, id), id, host.TempFolder, host.InPieces);

    public ValueTask DisposeAsync()
    {
        _closed = true;
        BreakAll();
        host.Left(this);
        return ValueTask.CompletedTask;
    }

    private VesselException NoPacks() => new(FailureKind.Unsupported, $"Could not unpack on {Name}, because it has no tar.");

    private async Task PutTogetherAsync(IReadOnlyList<BytePath> pieces, BytePath joined, CancellationToken cancellationToken)
    {
        SimulatedFile target = await AskAsync($"join {host.Label(joined)}", () => host.CreateAnew(joined), cancellationToken);
        foreach (BytePath piece in pieces)
        {
            await AskAsync($"append {host.Label(piece)}", () => host.Append(piece, joined, target), cancellationToken);
        }
    }

    private Task Unsupported(string doing, string reason) => Task.FromException(new VesselException(FailureKind.Unsupported, $"Could not {doing} on {Name}, because {reason}."));

    private async Task<bool> FinishAsync(PublishRequest request, CancellationToken cancellationToken)
    {
        await AskAsync($"finish {host.Label(request.Part)}", () => host.Finish(request.Part, request, Facts.CanSync), cancellationToken);
        RemoteLook? there = await LookAsync(request.Destination, cancellationToken);
        return there is null or { Kind: RemoteKind.Regular }
            ? there is not null
            : throw new VesselException(FailureKind.DestinationRefused, $"Could not publish {request.Destination} on {Name}, because there is {there.Kind.InWords()} of that name.");
    }

    private async Task<PublishOutcome> PublishOneAsync(PublishRequest request, CancellationToken cancellationToken)
    {
        try
        {
            bool replaces = request.Ready?.Replaces ?? await FinishAsync(request, cancellationToken);
            if (host.TempIsElsewhere && request.Part.Parent == host.TempFolder)
            {
                return new PublishOutcome(Done: false, Durable: false, OtherFileSystem: true, Failure: null);
            }

            await RenameAsync(request, replaces, cancellationToken);
            return new PublishOutcome(Done: true, Durable: Facts.CanSync, OtherFileSystem: false, Failure: null);
        }
        catch (VesselException failure)
        {
            return new PublishOutcome(Done: false, Durable: false, OtherFileSystem: false, failure);
        }
    }

    private async Task RenameAsync(PublishRequest request, bool replaces, CancellationToken cancellationToken)
    {
        string label = host.Label(request.Part);
        if (Facts.CanReplace)
        {
            await AskAsync($"replace by {label}", () => host.Rename(request.Part, request.Destination, replace: true), cancellationToken);
            return;
        }

        BytePath old = PartName.SetAside(PartName.Sibling(request.Destination, PartName.IdOf(request.Part)!));
        if (replaces)
        {
            await AskAsync($"remove old of {label}", () => host.Disk.Remove(old), cancellationToken);
            try
            {
                await AskAsync($"set aside for {label}", () => host.Rename(request.Destination, old, replace: false), cancellationToken);
            }
            catch (VesselException gone) when (gone.Kind == FailureKind.PartMissing)
            {
                // As the real one: there is nothing to be replaced any more.
            }
        }

        await AskAsync($"rename {label}", () => host.Rename(request.Part, request.Destination, replace: false), cancellationToken);
        await AskAsync($"remove old of {label}", () => host.Disk.Remove(old), cancellationToken);
    }

    private async Task<bool> SyncDirectoryAsync(BytePath directory, CancellationToken cancellationToken) =>
        Facts.CanSync && await AskAsync($"sync {directory}", () => host.SyncDirectory(directory), cancellationToken);

    private RangeHash Hash(RemoteRange range)
    {
        byte[]? content = host.Disk.Find(range.File)?.Content;
        return new RangeHash(content is null || content.Length < range.Offset + range.Length ? null : SHA256.HashData(content.AsSpan((int)range.Offset, (int)range.Length)));
    }

    private Task<T> AskAsync<T>(string what, Func<T> effect, CancellationToken cancellationToken)
    {
        SimulatedLane lane = _lanes.Find(one => one.Broken is null) ?? _lanes[^1];
        return lane.RequestAsync(what, effect, cancellationToken);
    }
}
