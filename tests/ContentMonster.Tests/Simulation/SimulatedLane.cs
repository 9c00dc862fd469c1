using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Simulation;

/// <summary>One session with a simulated vessel: requests take their time, are answered in any order, and may meet with a mishap.</summary>
internal sealed class SimulatedLane(SimulatedHost host) : IVesselLane
{
    private const int Block = 16;
    private const int Window = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly CancellationTokenSource _over = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly Dictionary<BytePath, Task<SimulatedFile>> _open = [];
    private readonly List<Task> _opening = [];

    public Task Ended => _ended.Task;

    // A way long enough for lanes to be opened side by side.
    public LaneSigns Signs => new(Block * Window, Block * Window, TimeSpan.FromMilliseconds(50), IsPaced: false);

    public VesselException? Broken { get; private set; }

    public async Task SendAsync(
        BytePath file, bool create, long remoteOffset, IChunkSource source, long sourceOffset, long length, Action<long>? acknowledged, CancellationToken cancellationToken)
    {
        SimulatedFile open = await OpenAsync(file, create, cancellationToken);
        var flying = new Queue<(Task Write, int Length)>();
        long done = 0;
        try
        {
            for (long at = 0; at < length || flying.Count > 0;)
            {
                if (at < length && flying.Count < Window)
                {
                    byte[] block = Read(source, sourceOffset + at, (int)Math.Min(Block, length - at));
                    long offset = remoteOffset + at;
                    flying.Enqueue((RequestAsync($"write {host.Label(file)} {offset}+{block.Length}", () => host.Write(open, offset, block), cancellationToken), block.Length));
                    at += block.Length;
                    continue;
                }

                await flying.Peek().Write;
                done += flying.Dequeue().Length;
                acknowledged?.Invoke(done);
            }
        }
        catch
        {
            // Acknowledged behind a gap, or not at all: that much may have to be sent again.
            host.BytesForgiven += flying.Sum(one => one.Length);
            await Task.WhenAll(flying.Select(one => one.Write)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    /// <summary>All opens under way have been answered, or cannot be any more.</summary>
    public async Task OpenedAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_opening).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    public async Task ReleaseAsync(BytePath file, CancellationToken cancellationToken)
    {
        if (_open.Remove(file))
        {
            await RequestAsync($"close {host.Label(file)}", static () => true, cancellationToken);
        }
    }

    /// <summary>One request to the server and its reply.</summary>
    public async Task<T> RequestAsync<T>(string what, Func<T> effect, CancellationToken cancellationToken)
    {
        ThrowIfBroken();
        int boot = host.Boots;
        try
        {
            await TravelAsync(host.Latency(), cancellationToken);
        }
        catch
        {
            // It may have been on the line when the lane broke, or when nobody cared for the reply any more.
            if (boot == host.Boots && host.Chance.Next(2) == 0)
            {
                host.Late.Add(host.DoLateAsync(what, () => effect()));
            }

            throw;
        }

        Mishap mishap = host.Draw();
        if (mishap is Mishap.Lost or Mishap.DoneLate)
        {
            host.Trace($"{host.Name} {mishap}: {what}");
            Break(FailureKind.ConnectionLost);
            if (mishap == Mishap.DoneLate)
            {
                host.Late.Add(host.DoLateAsync(what, () => effect()));
            }

            ThrowIfBroken();
        }

        host.Trace($"{host.Name} {what}");
        T result = effect();
        if (mishap is Mishap.ReplyLost or Mishap.Stalled)
        {
            host.Trace($"{host.Name} {mishap}: {what}");
            await TravelAsync(mishap == Mishap.Stalled ? Patience : TimeSpan.Zero, cancellationToken);
            Break(mishap == Mishap.Stalled ? FailureKind.Stalled : FailureKind.ConnectionLost);
            ThrowIfBroken();
        }

        await TravelAsync(host.Latency(), cancellationToken);
        return result;
    }

    public void Break(FailureKind kind)
    {
        if (Broken is null)
        {
            Broken = new VesselException(kind, $"Could not stay connected to {host.Name}, because {kind} is simulated.");
            _over.Cancel();
            _ended.TrySetResult();
        }
    }

    public ValueTask DisposeAsync()
    {
        Break(FailureKind.ConnectionLost);
        return ValueTask.CompletedTask;
    }

    // One handle for all who write to the file on this lane.
    private async Task<SimulatedFile> OpenAsync(BytePath file, bool create, CancellationToken cancellationToken)
    {
        if (!_open.TryGetValue(file, out Task<SimulatedFile>? opening) || opening.IsFaulted)
        {
            _open[file] = opening = RequestAsync(
                $"{(create ? "create" : "open")} {host.Label(file)}",
                () =>
                {
                    _ = create && host.Create(file);
                    return host.Open(file);
                },
                CancellationToken.None);
            _opening.RemoveAll(static one => one.IsCompleted);
            _opening.Add(opening);
        }

        return await opening.WaitAsync(cancellationToken);
    }

    private async Task TravelAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _over.Token);
        try
        {
            await Task.Delay(time, host.Clock, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            ThrowIfBroken();
        }

        ThrowIfBroken();
    }

    private void ThrowIfBroken()
    {
        if (Broken is { } broken)
        {
            throw new VesselException(broken.Kind, broken.Message);
        }
    }

    private byte[] Read(IChunkSource source, long offset, int length)
    {
        byte[] block = new byte[length];
        return source.Read(offset, block) == length
            ? block
            : throw new VesselException(FailureKind.SourceChanged, $"Could not write on {host.Name}, because the source became shorter.");
    }
}
