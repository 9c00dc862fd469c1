using System.Runtime.ExceptionServices;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Vessels;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Delivering;

/// <summary>
/// The work on one connected vessel: takes deliveries from the ledger, runs them side by side, saves how far they are, sweeps up.
/// Implementation notes.
/// <para>Owners: the visit owns lanes, batchers, saver and shipments, and awaits them all before it ends. One token ends all.</para>
/// <para>A failure of the link ends the visit (when no lane is left) and touches no delivery; a failure of one file steps that file back.
/// A place where file after file fails alike (full, read-only) is left out for a while, the rest of the
/// queue goes on; other failures alike in a row are the vessel's trouble, and the visit ends with that.</para>
/// </summary>
internal sealed class Visit
{
    private const int SmallAtOnce = 192;
    private const int BigAtOnce = 3;
    private const int MostInBatch = 256;
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);
    private readonly IVessel _vessel;
    private readonly VesselOffice _office;
    private readonly LoadingDock _dock = new();
    private readonly LaneCrew _crew;
    private readonly ShipmentTools _tools;
    private readonly Setbacks _setbacks;
    private readonly Intake _intake;
    private readonly Sweeper _sweeper;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<VesselException> _troubled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Exception> _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guarded by _gate.
    private readonly Dictionary<long, (Shipment Shipment, Task Run, bool Big)> _active = [];

    public Visit(IVessel vessel, VesselOffice office)
    {
        _vessel = vessel;
        _office = office;
        _setbacks = new Setbacks(office.Time);
        _intake = new Intake(office);
        _crew = new LaneCrew(vessel, _dock, office.Settings.Connections, office.Progress, office.Time, office.Logger);
        _sweeper = new Sweeper(vessel, office, _crew);
        _tools = new ShipmentTools(
            vessel, office.Ledger, office.Sources, new(MostInBatch, vessel.HashAsync), new(MostInBatch, vessel.PublishAsync), CarryAsync, office.DestinationOf, office.Progress);
    }

    /// <summary>Whether any byte was acknowledged or any file delivered. Written by shipments, read when all have ended.</summary>
    public bool MadeProgress { get; private set; }

    /// <summary>Whether any file was delivered.</summary>
    public bool DeliveredAny { get; private set; }

    /// <summary>Works until there has been nothing to do for <paramref name="idleLimit"/>, the token ends it, or it fails with a <see cref="VesselException"/>.</summary>
    public async Task RunAsync(TimeSpan idleLimit, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _crew.Begin(over.Token);
        _office.Progress.Healthy();
        Task[] loops = [_tools.Verifier.RunAsync(over.Token), _tools.Publisher.RunAsync(over.Token), SaveLoopAsync(over.Token)];
        Task<bool> foreman = ForemanAsync(idleLimit, over.Token);
        Task first = await Task.WhenAny(foreman, _crew.AllGone, _troubled.Task, _broken.Task, Task.WhenAny(loops)).ConfigureAwait(false);

        // A file that has just lost its link and waits a moment is work that is not done.
        bool idle = Runs().Length == 0 && !_setbacks.AnyCooling;
        await over.CancelAsync().ConfigureAwait(false);

        // All are awaited; what the end of the token did to them is no news. The foreman first: until it has ended it may begin shipments.
        await Task.WhenAll([.. loops, foreman]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll([.. Runs(), _crew.EndedAsync()]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_broken.Task.IsCompletedSuccessfully)
        {
            ExceptionDispatchInfo.Throw(await _broken.Task.ConfigureAwait(false));
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (_troubled.Task.IsCompletedSuccessfully)
        {
            throw await _troubled.Task.ConfigureAwait(false);
        }

        if (first == _crew.AllGone && !idle)
        {
            throw await _crew.AllGone.ConfigureAwait(false);
        }

        await Task.WhenAll(loops.Append(foreman).Where(task => task.IsFaulted)).ConfigureAwait(false);
    }

    private async Task<bool> ForemanAsync(TimeSpan idleLimit, CancellationToken cancellationToken)
    {
        long idleSince = _office.Time.GetTimestamp();
        while (true)
        {
            // Before anything new is begun: what an abandoned attempt left is removed first, so that a rename of it that still hangs in a
            // stalled server can find nothing to put over a newer version.
            bool swept = await _sweeper.SweepAsync(PartsInUse(), cancellationToken).ConfigureAwait(false);
            int taken = await FillAsync(cancellationToken).ConfigureAwait(false);
            bool busy = swept || taken > 0 || Runs().Length > 0;
            if (busy)
            {
                idleSince = _office.Time.GetTimestamp();
                _office.Progress.Enter(VesselState.Working);
            }
            else
            {
                _office.Progress.Enter(VesselState.Idle);
                if (_office.Time.GetElapsedTime(idleSince) >= idleLimit)
                {
                    return true;
                }
            }

            await WaitAsync(idleLimit, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(TimeSpan idleLimit, CancellationToken cancellationToken)
    {
        TimeSpan patience = LookAgain < idleLimit ? LookAgain : idleLimit;
        DateTimeOffset now = _office.Time.GetUtcNow();
        DateTimeOffset? due = await _office.Ledger.NextRetryAsync(_vessel.Name, cancellationToken).ConfigureAwait(false);
        patience = _setbacks.AnyCooling && Setbacks.CoolDown < patience ? Setbacks.CoolDown : patience;
        if (due is DateTimeOffset at && at - now < patience)
        {
            patience = at - now > TimeSpan.FromMilliseconds(50) ? at - now : TimeSpan.FromMilliseconds(50);
        }

        await _office.Work.WaitAsync(patience, _office.Time, cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> FillAsync(CancellationToken cancellationToken)
    {
        int taken = 0;
        foreach (bool big in new[] { false, true })
        {
            (HashSet<long> known, int room) = Room(big);
            if (room < (big ? 1 : SmallAtOnce / 4))
            {
                continue;
            }

            foreach (Delivery delivery in await _intake.NextAsync(room, known, big, cancellationToken).ConfigureAwait(false))
            {
                taken += Begin(delivery, cancellationToken) ? 1 : 0;
            }
        }

        return taken;
    }

    private (HashSet<long> Known, int Room) Room(bool big)
    {
        lock (_gate)
        {
            return ([.. _active.Keys, .. _setbacks.Cooling()], (big ? BigAtOnce : SmallAtOnce) - _active.Values.Count(one => one.Big == big));
        }
    }

    // False: an older version of the same file is still at its last step. Two at once could come to the rename in the wrong order.
    private bool Begin(Delivery delivery, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_active.Values.Any(one => one.Shipment.Version.Path == delivery.Version.Path && one.Shipment.Version.Directory == delivery.Version.Directory))
            {
                return false;
            }

            var shipment = new Shipment(delivery, _office.Progress.Begin(delivery.Version));
            _active[delivery.Version.Id] = (shipment, Task.Run(() => ShipAsync(delivery, shipment, cancellationToken), CancellationToken.None), delivery.Version.IsBig);
            return true;
        }
    }

    // What even the failure's booking cannot take (the ledger's disk is full) ends the visit: nothing goes on that cannot be recorded.
    private async Task ShipAsync(Delivery delivery, Shipment shipment, CancellationToken cancellationToken)
    {
        try
        {
            await TryShipAsync(delivery, shipment, cancellationToken).ConfigureAwait(false);
            await SaveOneAsync(shipment).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _broken.TrySetResult(exception);
        }
        finally
        {
            lock (_gate)
            {
                _active.Remove(delivery.Version.Id);
                MadeProgress |= shipment.BytesSent > 0;
            }

            _office.Progress.End(delivery.Version);
            _office.Work.Ring();
        }
    }

    private async Task TryShipAsync(Delivery delivery, Shipment shipment, CancellationToken cancellationToken)
    {
        try
        {
            using SourceLibrary.Lease source = _office.Sources.Open(delivery.Version);
            PublishedDelivery? published = await new ShipmentRun(_tools, shipment, delivery, source.Book).RunAsync(cancellationToken).ConfigureAwait(false);
            if (published is not null)
            {
                _ = shipment.TakeUnsaved();

                // Crash here: the file stands on the vessel and the ledger does not know; the next start finds it there and only books it.
                await _office.Ledger.PublishedAsync([published], CancellationToken.None).ConfigureAwait(false);
                Delivered(delivery, published);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The visit ends; what is acknowledged is saved with it.
        }
        catch (Exception exception)
        {
            await FailedAsync(delivery, exception).ConfigureAwait(false);
        }
    }

    private void Delivered(Delivery delivery, PublishedDelivery published)
    {
        FileVersion version = delivery.Version;
        lock (_gate)
        {
            (MadeProgress, DeliveredAny) = (true, true);
        }

        _setbacks.Delivered(version.Id);
        _office.Box.Succeeded(VesselOffice.PlaceOf(version), version.Stamp.SizeInBytes);
        _office.Progress.Healthy();
        _office.Progress.Published(version.Stamp.SizeInBytes);
        if (published.VerifiedBy == VerifiedBy.Nothing)
        {
            _office.Logger.PublishedUnverified(version.Directory, version.Path, _vessel.Name, version.Stamp.SizeInBytes);
        }
        else
        {
            _office.Logger.Published(version.Directory, version.Path, _vessel.Name, version.Stamp.SizeInBytes, published.BytesSent);
        }

        _office.Delivered();
    }

    private async Task FailedAsync(Delivery delivery, Exception exception)
    {
        (FailureKind kind, string message, bool link) = exception switch
        {
            VesselException vessel => (vessel.Kind, vessel.Message, vessel.IsOfTheLink),
            SourceException source => (source.Kind, source.Message, false),
            _ => (FailureKind.Bug, $"Could not deliver {delivery.Version.Path} to {_vessel.Name}: {exception.GetType().Name}: {DisplayText.Escape(exception.Message)}", false),
        };
        if (link || kind == FailureKind.PartMissing)
        {
            if (kind == FailureKind.PartMissing)
            {
                _office.Logger.PartMissing(_vessel.Name, message);
                await _office.Ledger.RestartAsync(_vessel.Name, delivery.Version.Id, CancellationToken.None).ConfigureAwait(false);
            }

            // The link's failures are told once by whoever owns the link; this file is simply taken up again a little later.
            if (!_setbacks.Lost(delivery.Version.Id))
            {
                return;
            }

            if (link)
            {
                // Lanes live and yet this file gets nowhere (a shell that cannot be opened again): the vessel's trouble, with its rule for waiting.
                _troubled.TrySetResult((VesselException)exception);
                return;
            }
        }

        if (kind == FailureKind.SourceChanged)
        {
            _office.SourceChanged(delivery.Version);
        }

        if (kind == FailureKind.Bug)
        {
            _office.Logger.Bug(exception, _vessel.Name);
        }

        await StepBackAsync(delivery, kind, message).ConfigureAwait(false);
    }

    private async Task StepBackAsync(Delivery delivery, FailureKind kind, string message)
    {
        TimeSpan wait = Backoff.StepBack(delivery.Failures + 1, _office.Chance());
        _office.Logger.FileFailed(delivery.Version.Directory, delivery.Version.Path, _vessel.Name, wait, message, Advice.For(kind, _vessel.Name));
        if (kind == FailureKind.DataCorrupt)
        {
            // Nothing of it can be trusted: all is sent again under a new name.
            await _office.Ledger.RestartAsync(_vessel.Name, delivery.Version.Id, CancellationToken.None).ConfigureAwait(false);
        }

        await _office.Ledger.FailedAsync(_vessel.Name, delivery.Version.Id, kind, message, _office.Time.GetUtcNow() + wait, CancellationToken.None).ConfigureAwait(false);
        if (PenaltyBox<(string, BytePath)>.IsOfThePlace(kind))
        {
            // Other places, and smaller files, may well go: only what waits for this place waits.
            _office.Box.Failed(VesselOffice.PlaceOf(delivery.Version), kind, delivery.Version.Stamp.SizeInBytes, message);
            _office.Progress.Failed(kind, message, Advice.For(kind, _vessel.Name));
        }
        else if (_setbacks.Failed(kind))
        {
            _troubled.TrySetResult(new VesselException(kind, message));
        }
    }

    private async Task CarryAsync(Piece piece, CancellationToken cancellationToken)
    {
        _dock.Put(piece);
        _crew.Consider();
        try
        {
            await piece.Done.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The source is closed after the shipment and the same chunk may come again: so nothing of it may be left on the dock or a lane.
            if (!_dock.Withdraw(piece))
            {
                await piece.Done.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            throw;
        }
        catch (VesselException fault) when (fault.IsOfTheLink && !cancellationToken.IsCancellationRequested)
        {
            if (!_crew.AnyOpen)
            {
                throw;
            }

            // Another lane lives: what this one had not acknowledged goes there. The shipment asks again by what is still missing.
        }
    }

    private HashSet<BytePath> PartsInUse()
    {
        lock (_gate)
        {
            return [.. _active.Values.Select(one => one.Shipment.Layout?.Sibling ?? default)];
        }
    }

    private async Task SaveLoopAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(SaveEvery, _office.Time);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            await SaveAsync().ConfigureAwait(false);
        }
    }

    private Task SaveAsync()
    {
        Shipment[] shipments;
        lock (_gate)
        {
            shipments = [.. _active.Values.Where(one => one.Big).Select(one => one.Shipment)];
        }

        return Task.WhenAll(shipments.Select(SaveOneAsync));
    }

    // Never cancelled: what was taken here and not written would be known to nobody, and be sent again.
    private async Task SaveOneAsync(Shipment shipment)
    {
        IReadOnlyList<ChunkProgress> unsaved = shipment.TakeUnsaved();
        if (unsaved.Count > 0)
        {
            await _office.Ledger.SaveProgressAsync(_vessel.Name, shipment.Version.Id, unsaved, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private Task[] Runs()
    {
        lock (_gate)
        {
            return [.. _active.Values.Select(one => one.Run)];
        }
    }
}
