using ContentMonster.Diagnostics;
using ContentMonster.Model;
using ContentMonster.Vessels;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Delivering;

/// <summary>
/// The open lanes of one visit: as many as there is work for, up to Connections. A lane that breaks takes only its own pieces with it; the
/// crew ends when the last one is gone.
/// </summary>
internal sealed class LaneCrew(IVessel vessel, LoadingDock dock, int most, VesselProgress progress, TimeProvider time, ILogger logger)
{
    // One more lane pays from about a window of waiting data, or a good number of small files, for each that is open.
    private const long BytesWorthALane = 2 << 20;
    private const int PiecesWorthALane = 32;
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromMinutes(1);
    private readonly Lock _gate = new();
    private readonly List<Task> _lanes = []; // guarded by _gate
    private readonly TaskCompletionSource<VesselException> _allGone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Written by Begin, before there is any lane.
    private CancellationToken _over;

    // Guarded by _gate.
    private int _open;
    private int _opening;
    private long? _refusedAt;
    private VesselException? _lastFault;

    /// <summary>Completes with the reason when no lane is left.</summary>
    public Task<VesselException> AllGone => _allGone.Task;

    public bool AnyOpen
    {
        get
        {
            lock (_gate)
            {
                return _open > 0;
            }
        }
    }

    /// <summary>Opens the first lane, which the vessel already has. The token ends all lanes; it is the visit's, not that of any piece.</summary>
    public void Begin(CancellationToken cancellationToken)
    {
        _over = cancellationToken;
        Open();
    }

    /// <summary>Opens more lanes if what waits is worth it; called whenever a piece is put on the dock.</summary>
    public void Consider()
    {
        (int pieces, long bytes) = dock.Backlog;
        lock (_gate)
        {
            int worth = (int)Math.Min(most, Math.Max(bytes / BytesWorthALane, pieces / PiecesWorthALane) + 1);
            if (_allGone.Task.IsCompleted || _over.IsCancellationRequested || (_refusedAt is long at && time.GetElapsedTime(at) < AfterRefusal))
            {
                return;
            }

            while (_open + _opening < worth)
            {
                Open();
            }
        }
    }

    /// <summary>Until every lane's loop has ended; the token given to <see cref="Begin"/> ends them.</summary>
    public Task EndedAsync()
    {
        lock (_gate)
        {
            return Task.WhenAll(_lanes);
        }
    }

    private void Open()
    {
        lock (_gate)
        {
            _opening++;
            _lanes.RemoveAll(static lane => lane.IsCompletedSuccessfully);
            _lanes.Add(Task.Run(WorkAsync, CancellationToken.None));
        }
    }

    private async Task WorkAsync()
    {
        IVesselLane lane;
        try
        {
            lane = await vessel.OpenLaneAsync(_over).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Refused(null);
            return;
        }
        catch (Exception exception)
        {
            Refused(Told(exception));
            return;
        }

        Opened();
        await using (lane.ConfigureAwait(false))
        {
            using IDisposable watched = progress.Links.Add(lane.ReadLink);
            VesselException? fault;
            try
            {
                fault = await new LaneLoop(lane, dock).RunAsync(_over).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                fault = Told(exception);
            }

            Closed(fault);
        }
    }

    // A lane that is not counted as gone would leave the visit waiting for it for ever.
    private VesselException Told(Exception exception)
    {
        if (exception is VesselException fault)
        {
            return fault;
        }

        logger.Bug(exception, vessel.Name);
        return new VesselException(FailureKind.Bug, $"Could not keep a lane to {vessel.Name}: {exception.GetType().Name}: {DisplayText.Escape(exception.Message)}", exception);
    }

    private void Opened()
    {
        lock (_gate)
        {
            _opening--;
            _open++;
            progress.LanesOpen(_open);
        }
    }

    private void Refused(VesselException? fault)
    {
        lock (_gate)
        {
            _opening--;
            _lastFault = fault ?? _lastFault;
            _refusedAt = time.GetTimestamp();
            if (fault is not null && _open > 0)
            {
                logger.FewerLanes(vessel.Name, _open, fault.Message);
            }

            EndIfGone();
        }
    }

    private void Closed(VesselException? fault)
    {
        lock (_gate)
        {
            _open--;
            progress.LanesOpen(_open);
            _lastFault = fault ?? _lastFault;
            if (fault is not null && _open > 0 && !_over.IsCancellationRequested)
            {
                logger.LaneBroke(vessel.Name, _open, fault.Message);
            }

            EndIfGone();
        }
    }

    private void EndIfGone()
    {
        if (_open + _opening == 0)
        {
            _allGone.TrySetResult(_lastFault ?? new VesselException(FailureKind.ConnectionLost, $"Could not stay connected to {vessel.Name}, because the connection ended."));
        }
    }
}
