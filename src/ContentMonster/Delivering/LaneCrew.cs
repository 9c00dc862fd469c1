using ContentMonster.Diagnostics;
using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Vessels;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Delivering;

/// <summary>
/// The open lanes of one visit: as many as there is work for, up to what the plan finds worth it. A lane that breaks takes only its own pieces with
/// it; the crew ends when the last one is gone.
/// </summary>
internal sealed class LaneCrew(IVessel vessel, LoadingDock dock, LanePlan plan, VesselProgress progress, TimeProvider time, ILogger logger)
{
    // One more lane pays from so many small files for each that is open, or from what LanePlan says of bytes.
    private const int PiecesWorthALane = 32;
    private const int RoundTripsAMeasure = 6;
    private const int GlancesAMeasure = 4;
    private static readonly TimeSpan ShortestMeasure = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestMeasure = TimeSpan.FromSeconds(4);

    // No jitter, and no busy machine.
    private static readonly TimeSpan LongQueue = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromMinutes(1);

    // Most lanes that are nearly open have come through by then.
    private static readonly TimeSpan ShortestHurry = TimeSpan.FromSeconds(3);
    private const int RoundTripsOfAHurry = 12;
    private readonly Lock _gate = new();
    private readonly List<Task> _lanes = []; // guarded by _gate
    private readonly TaskCompletionSource<VesselException> _allGone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Written by Begin, before there is any lane.
    private CancellationToken _over;

    // What sends each open lane home, the newest last. Guarded by _gate.
    private readonly List<CancellationTokenSource> _homeward = [];
    private long _moved;

    // Those open; written under _gate.
    private volatile IVesselLane[] _working = [];

    // Guarded by _gate.
    private int _opening;
    private int _opened; // so many so far
    private LaneSigns _signs;
    private long? _refusedAt;
    private TimeSpan _afterRefusal = AfterRefusal;
    private VesselException? _lastFault;

    /// <summary>Told why a lane that was open has broken, before anything follows from that.</summary>
    public Action<VesselException> Broke { private get; init; } = static _ => { };

    /// <summary>Completes with the reason when no lane is left.</summary>
    public Task<VesselException> AllGone => _allGone.Task;

    public bool AnyOpen
    {
        get
        {
            lock (_gate)
            {
                return _working.Length > 0;
            }
        }
    }

    /// <summary>Opens the first lane, which the vessel already has. The token ends all lanes; it is the visit's, not that of any piece.</summary>
    public void Begin(CancellationToken cancellationToken)
    {
        _over = cancellationToken;
        lock (_gate)
        {
            _lanes.Add(Task.Run(MeasureAsync, CancellationToken.None));
        }

        Open();
    }

    /// <summary>Opens more lanes if what waits is worth it; called whenever a piece is put on the dock.</summary>
    public void Consider()
    {
        (int pieces, long bytes) = dock.Backlog;
        lock (_gate)
        {
            LearnTheWay();
            int worth = (int)Math.Min(plan.Lanes, Math.Max(bytes / LanePlan.BytesWorthALane(_signs.RoundTrip), pieces / PiecesWorthALane) + 1);
            if (_allGone.Task.IsCompleted || _over.IsCancellationRequested || (_refusedAt is long at && time.GetElapsedTime(at) < _afterRefusal))
            {
                return;
            }

            while (_working.Length + _opening < worth)
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

        using var unwanted = new CancellationTokenSource();
        Opened(lane, unwanted);
        try
        {
            using IDisposable watched = progress.Links.Add(lane.ReadLink);
            VesselException? fault;
            try
            {
                fault = await new LaneLoop(lane, dock, Moved, Windows).RunAsync(unwanted.Token, _over).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                fault = Told(exception);
            }

            if (fault is not null)
            {
                Broke(fault);
            }

            Closed(lane, fault, unwanted);
        }
        finally
        {
            // At the end of all the vessel closes those that are left, side by side with its shell: each may have to wait for its ssh to leave.
            if (!_over.IsCancellationRequested)
            {
                await lane.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    // Not under the gate: lanes ask while they hold their own. A lane that is being opened will have about what the others have.
    private long Windows()
    {
        IVesselLane[] working = _working;
        long windows = 0;
        foreach (IVesselLane lane in working)
        {
            windows += lane.Signs.WindowInBytes;
        }

        return Math.Max(1, windows + (windows / Math.Max(1, working.Length) * Volatile.Read(ref _opening)));
    }

    private void Moved(long bytes) => Interlocked.Add(ref _moved, bytes);

    private async Task MeasureAsync()
    {
        try
        {
            while (true)
            {
                (int lanes, TimeSpan roundTrip, bool busy) = Seen();
                Mark begun = Now();
                TimeSpan measure = roundTrip * RoundTripsAMeasure;
                TimeSpan glance = (measure < ShortestMeasure ? ShortestMeasure : measure > LongestMeasure ? LongestMeasure : measure) / GlancesAMeasure;
                for (int glances = 1; glances <= GlancesAMeasure; glances++)
                {
                    Mark before = Now();
                    await Task.Delay(glance, time, _over).ConfigureAwait(false);
                    (int lanesNow, _, bool busyNow) = Seen();
                    if (!busy || lanes == 0 || lanesNow != lanes)
                    {
                        break;
                    }

                    // What a moment has carried can be carried: that more lanes would pay is plain before the measure is over.
                    bool heldBack = busyNow && plan.AreHeldBack(lanes, RateSince(before), WindowsAllow(lanes));
                    if (heldBack || (busyNow && glances == GlancesAMeasure))
                    {
                        Judge(lanes, RateSince(heldBack ? before : begun));
                        break;
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The visit is over.
        }
    }

    private Mark Now() => new(time.GetTimestamp(), Interlocked.Read(ref _moved));

    private double RateSince(Mark before) => (Interlocked.Read(ref _moved) - before.Moved) / time.GetElapsedTime(before.Time).TotalSeconds;

    private double WindowsAllow(int lanes)
    {
        lock (_gate)
        {
            return lanes * _signs.MostInFlightInBytes / Math.Max(_signs.RoundTrip.TotalSeconds, 1e-4);
        }
    }

    private (int Lanes, TimeSpan RoundTrip, bool Busy) Seen()
    {
        lock (_gate)
        {
            LearnTheWay();
            return (_opening == 0 ? _working.Length : 0, _signs.RoundTrip, dock.Backlog.Bytes > 0);
        }
    }

    private void Judge(int lanes, double bytesPerSecond)
    {
        lock (_gate)
        {
            bool queued = _working.All(static lane => lane.ReadLink() is { LeastRoundTrip: { } least } link && link.RoundTrip > least * 2 && link.RoundTrip - least > LongQueue);
            plan.Measured(lanes, bytesPerSecond, WindowsAllow(lanes), queued);

            // Under the gate: a lane that closes in this moment takes itself off the list before its source is disposed.
            foreach (CancellationTokenSource lane in _homeward.Skip(Math.Max(1, plan.Lanes)))
            {
                lane.Cancel();
            }
        }

        Consider();
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

    // Under the gate. Through a jump host, where TCP tells nothing, the round trip is known with the first answer only.
    private void LearnTheWay()
    {
        if (_signs.RoundTrip == TimeSpan.Zero && _working.Length > 0 && _working[0].Signs is var signs && (_signs == default || signs.RoundTrip > TimeSpan.Zero))
        {
            _signs = signs;
            plan.Connected(signs.RoundTrip, signs.IsPaced);
        }
    }

    private void Opened(IVesselLane lane, CancellationTokenSource unwanted)
    {
        lock (_gate)
        {
            _opening--;
            _opened++;
            _working = [.. _working, lane];
            LearnTheWay();
            _homeward.Add(unwanted);
            progress.LanesOpen(_working.Length);
        }

        Consider();
    }

    private void Refused(VesselException? fault)
    {
        lock (_gate)
        {
            _opening--;
            _lastFault = fault ?? _lastFault;
            _refusedAt = time.GetTimestamp();
            _afterRefusal = fault is not null && Backoff.NeedsPeople(fault.Kind) ? Backoff.Next(fault.Kind, failures: 1, TimeSpan.Zero, chance: 0.5) : AfterRefusal;
            if (fault is not null && _working.Length > 0)
            {
                if (Backoff.NeedsPeople(fault.Kind))
                {
                    progress.Failed(fault.Kind, fault.Message, Advice.For(fault.Kind, vessel.Name));
                }

                logger.FewerLanes(vessel.Name, _working.Length, fault.Message);
            }

            EndIfGone();
        }
    }

    private void Closed(IVesselLane lane, VesselException? fault, CancellationTokenSource unwanted)
    {
        lock (_gate)
        {
            _working = [.. _working.Where(one => one != lane)];
            _homeward.Remove(unwanted);
            progress.LanesOpen(_working.Length);
            _lastFault = fault ?? _lastFault;
            if (fault is not null && _working.Length > 0 && !_over.IsCancellationRequested)
            {
                logger.LaneBroke(vessel.Name, _working.Length, fault.Message);
            }

            EndIfGone();
            if (fault is { Kind: FailureKind.Stalled } && _working.Length == 0 && _opening > 0)
            {
                _lanes.Add(HurryAsync(fault, _opened));
            }
        }
    }

    // Silence took the last lane: one that is being opened, or asks the shell whether the vessel was restarted, would find that out by itself after as long again.
    private async Task HurryAsync(VesselException fault, int opened)
    {
        TimeSpan hurry = _signs.RoundTrip * RoundTripsOfAHurry;
        await Task.Delay(hurry > ShortestHurry ? hurry : ShortestHurry, time, _over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            if (_opened == opened)
            {
                _allGone.TrySetResult(fault);
            }
        }
    }

    private void EndIfGone()
    {
        if (_working.Length + _opening == 0)
        {
            _allGone.TrySetResult(_lastFault ?? new VesselException(FailureKind.ConnectionLost, $"Could not stay connected to {vessel.Name}, because the connection ended."));
        }
    }

    /// <param name="Time">A timestamp.</param>
    /// <param name="Moved">Bytes moved until then.</param>
    private readonly record struct Mark(long Time, long Moved);
}
