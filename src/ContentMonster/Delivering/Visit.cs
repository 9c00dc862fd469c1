using System.Runtime.ExceptionServices;
using ContentMonster.Configuration;
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
    private const int SmallLookedAt = 1024;
    private const int MostInBatch = 256;
    private const int MostPacksInScript = 8;
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(1);
    private const int TurnsToSaveSmall = 10; // each second would cost more than a kill
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);
    private readonly IVessel _vessel;
    private readonly VesselOffice _office;
    private readonly LoadingDock _dock = new();
    private readonly LaneCrew _crew;
    private readonly ShipmentTools _tools;
    private readonly Setbacks _setbacks;
    private readonly Intake _intake;
    private readonly Sweeper _sweeper;
    private readonly RoomMaker _roomMaker;
    private readonly ActiveLoads _loads = new();
    private readonly FailureDesk _failures;
    private bool _packsFound = true; // At the last look, without which it is not worth one for each file that ends. Only the foreman touches it.
    private readonly Lock _gate = new(); // guards MadeProgress and DeliveredAny
    private readonly TaskCompletionSource<VesselException> _troubled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _anew = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Exception> _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Visit(IVessel vessel, VesselOffice office, long waitingBytes)
    {
        _vessel = vessel;
        _office = office;
        _setbacks = new Setbacks(office.Time);
        _intake = new Intake(office);
        _failures = new FailureDesk(office, _setbacks, _troubled);
        _crew = new LaneCrew(vessel, _dock, new LanePlan(office.Settings.Connections, waitingBytes), office.Progress, office.Time, office.Logger) { Broke = failure => office.Broke(failure) };
        _sweeper = new Sweeper(vessel, office, _crew);
        _roomMaker = new RoomMaker(vessel, office);
        int scripts = ScriptsAtOnce(vessel.Facts.RoundTrip);
        _tools = new ShipmentTools(
            vessel, office.Ledger, office.Sources, new(MostInBatch, vessel.HashAsync, scripts), new(MostInBatch, vessel.PublishAsync),
            new(MostPacksInScript, vessel.DeliverPacksAsync, scripts), CarryAsync, office.DestinationOf, office.Progress) { Time = office.Time, NothingWaits = () => _dock.Backlog.Pieces == 0, BeginsAnew = _failures.TellBegunAnew };
    }

    /// <summary>Whether more is there than ever before, or any file was delivered. Written by shipments, read when all have ended.</summary>
    public bool MadeProgress { get; private set; }

    /// <summary>Whether any file was delivered.</summary>
    public bool DeliveredAny { get; private set; }

    /// <summary>Whether it ended because it takes a new connection to go on well.</summary>
    public bool TakesNewConnection => _anew.Task.IsCompleted;

    /// <summary>Works until there has been nothing to do for <paramref name="idleLimit"/>, it takes a new connection to go on well, the token ends it, or it fails with a <see cref="VesselException"/>.</summary>
    public async Task RunAsync(TimeSpan idleLimit, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _crew.Begin(over.Token);
        Task[] loops =
        [
            _tools.Verifier.RunAsync(over.Token), _tools.Publisher.RunAsync(over.Token), _tools.Unpacker.RunAsync(over.Token),
            SaveLoopAsync(over.Token),
        ];
        Task explored = TellExploredAsync(over.Token);
        Task<bool> foreman = ForemanAsync(idleLimit, over.Token);
        Task first = await Task.WhenAny(foreman, _crew.AllGone, _troubled.Task, _broken.Task, _anew.Task, Task.WhenAny(loops)).ConfigureAwait(false);

        // A file that has just lost its link and waits a moment is work that is not done.
        bool idle = _loads.IsEmpty && !_setbacks.AnyCooling;
        await over.CancelAsync().ConfigureAwait(false);

        // All are awaited; what the end of the token did to them is no news. The foreman first: until it has ended it may begin shipments.
        await Task.WhenAll([.. loops, foreman, explored]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll([.. _loads.Runs(), _crew.EndedAsync()]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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

    // Over a long way the next one waits on the vessel while one runs there, over a satellite the next three, for one runs in a small part of a round trip;
    // nearby (and where the kernel knows no round trip: behind a jump host) fewer and larger ones.
    private static int ScriptsAtOnce(TimeSpan roundTrip) => roundTrip >= LanePlan.VeryLongWay ? 4 : roundTrip >= LanePlan.LongWay ? 2 : 1;

    // What cannot be looked at cannot be delivered to: the visit ends with that.
    private async Task TellExploredAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await new Acquaintance(_vessel, _office).MakeAsync(cancellationToken).ConfigureAwait(false))
            {
                _anew.TrySetResult();
            }
        }
        catch (VesselException failure)
        {
            _troubled.TrySetResult(failure);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            _broken.TrySetResult(exception);
        }
    }

    private async Task<bool> ForemanAsync(TimeSpan idleLimit, CancellationToken cancellationToken)
    {
        long idleSince = _office.Time.GetTimestamp();
        await _office.Saver.SaveLeftAsync().ConfigureAwait(false);
        while (true)
        {
            await _roomMaker.MakeAsync(_loads.Ids(), cancellationToken).ConfigureAwait(false);

            // Before anything new is begun: what an abandoned attempt left is removed first, so that a rename of it that still hangs in a
            // stalled server can find nothing to put over a newer version.
            bool swept = await _sweeper.SweepAsync(_loads.Parts(), cancellationToken).ConfigureAwait(false);
            int taken = await FillAsync(cancellationToken).ConfigureAwait(false);
            swept |= !swept && taken == 0 && _loads.IsEmpty && await _sweeper.LeaveAsync(cancellationToken).ConfigureAwait(false);
            if (swept || taken > 0 || !_loads.IsEmpty)
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

            await (swept ? Task.CompletedTask : WaitAsync(idleLimit, cancellationToken)).ConfigureAwait(false);
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

    private async Task<int> FillAsync(CancellationToken cancellationToken) =>
        await FillSmallAsync(cancellationToken).ConfigureAwait(false) + await FillBigAsync(cancellationToken).ConfigureAwait(false);

    private async Task<int> FillBigAsync(CancellationToken cancellationToken)
    {
        Shipment[] underWay = _loads.Shipments(Load.Big);
        int room = BigPlan.Room(underWay);
        IReadOnlyList<Delivery> next = room > 0 ? await _intake.NextAsync(room, Known(), big: true, cancellationToken).ConfigureAwait(false) : [];
        return BigPlan.Choose(next, underWay).Count(delivery => Begin([delivery], Load.Big, cancellationToken));
    }

    // Many are looked at at once, so that those of one directory find together.
    private async Task<int> FillSmallAsync(CancellationToken cancellationToken)
    {
        int room = SmallAtOnce - _loads.Count(Load.Small);
        VesselFacts facts = _vessel.Facts; // Others stand there once the vessel has been looked at.
        bool nearby = facts.RoundTrip < LanePlan.LongWay;
        (int packs, long packBytes) = facts.CanUnpack ? _office.Packs(nearby, _loads.Packs) : (0, 0);
        if ((packs <= 0 || !_packsFound) && room < SmallAtOnce / 4)
        {
            return 0;
        }

        IReadOnlyList<Delivery> next = await _intake.NextAsync(packs > 0 ? Math.Min(nearby ? 2 * SmallLookedAt : SmallLookedAt, packs * PackPlan.MostFiles(packBytes)) : room, Known(), big: false, cancellationToken).ConfigureAwait(false);
        (IReadOnlyList<IReadOnlyList<Delivery>> together, IReadOnlyList<Delivery> alone) = facts.CanUnpack
            ? PackPlan.Split(next, nearby ? 1 : Math.Max(1, packs), packBytes, _loads.MayGoPacked)
            : ([], next);
        _packsFound = together.Count > 0;
        return together.Take(Math.Max(0, packs)).Where(pack => Begin(pack, Load.Packed, cancellationToken)).Sum(pack => pack.Count)
            + alone.Take(Math.Max(0, room)).Count(delivery => Begin([delivery], Load.Small, cancellationToken));
    }

    private HashSet<long> Known() => [.. _loads.Ids(), .. _setbacks.Cooling()];

    private bool Begin(IReadOnlyList<Delivery> deliveries, Load load, CancellationToken cancellationToken) => _loads.Begin(
        deliveries,
        load,
        delivery => new Shipment(delivery, _office.Progress.Begin(delivery.Version)),
        (free, shipments) => Task.Run(() => ShipAsync(free, shipments, load, cancellationToken), CancellationToken.None));

    // What even the failure's booking cannot take (the ledger's disk is full) ends the visit: nothing goes on that cannot be recorded.
    private async Task ShipAsync(Delivery[] deliveries, Shipment[] shipments, Load load, CancellationToken cancellationToken)
    {
        try
        {
            if (load == Load.Packed)
            {
                await TryShipPackAsync(deliveries, shipments, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await TryShipAsync(deliveries[0], shipments[0], cancellationToken).ConfigureAwait(false);
                await _office.Saver.SaveAsync(shipments[0]).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            _broken.TrySetResult(exception);
        }
        finally
        {
            _loads.End(shipments, load);
            lock (_gate)
            {
                MadeProgress |= shipments.Any(shipment => _office.IsProgress(shipment, load == Load.Packed));
            }

            foreach (Delivery delivery in deliveries)
            {
                _office.Progress.End(delivery.Version);
            }

            _office.Work.Ring();
        }
    }

    private async Task TryShipPackAsync(Delivery[] deliveries, Shipment[] shipments, CancellationToken cancellationToken)
    {
        try
        {
            PackOutcome outcome = await new PackRun(_tools, deliveries, shipments, () => Sent(shipments)).RunAsync(cancellationToken).ConfigureAwait(false);
            await BookPackAsync(deliveries, outcome).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The visit ends; the pack begins anew with the next one.
        }
        catch (Exception exception)
        {
            foreach (Delivery delivery in deliveries)
            {
                await _failures.FailedAsync(delivery, exception).ConfigureAwait(false);
            }
        }
    }

    // There is room for another.
    private void Sent(Shipment[] pack)
    {
        _loads.Sent(pack);
        _office.Work.Ring();
    }

    private async Task BookPackAsync(Delivery[] deliveries, PackOutcome outcome)
    {
        if (outcome.Published.Count > 0)
        {
            // Crash here: the files stand on the vessel and the ledger does not know; the next start finds them there and only books them.
            await _office.Ledger.PublishedAsync(outcome.Published, CancellationToken.None).ConfigureAwait(false);
            HashSet<long> published = [.. outcome.Published.Select(one => one.VersionId)];
            Delivery[] done = [.. deliveries.Where(delivery => published.Contains(delivery.Version.Id))];
            foreach (Delivery delivery in done)
            {
                await DeliveredAsync(delivery).ConfigureAwait(false);
            }

            _office.Logger.PublishedPack(done.Length, done[0].Version.Directory, _vessel.Name, done.Sum(delivery => delivery.Version.Stamp.SizeInBytes), done[0].Version.Path);
            _office.Delivered();
        }
        else if (outcome.Alone.Count > 0)
        {
            _office.Logger.NotPacked(outcome.Alone.Count, outcome.Alone[0].Version.Directory, _vessel.Name, outcome.Alone[0].Version.Path);
        }

        _loads.SetApart(outcome.Alone);
        foreach ((Delivery delivery, SourceException failure) in outcome.Failed)
        {
            await _failures.FailedAsync(delivery, failure).ConfigureAwait(false);
        }
    }

    private async Task TryShipAsync(Delivery delivery, Shipment shipment, CancellationToken cancellationToken)
    {
        try
        {
            if (await _roomMaker.PutOffAsync(shipment, cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            using SourceLibrary.Lease source = _office.Sources.Open(delivery.Version);
            PublishedDelivery? published = await new ShipmentRun(_tools, shipment, delivery, source.Book, new WholeFile(_tools, shipment, delivery, source.Book)).RunAsync(cancellationToken).ConfigureAwait(false);
            if (published is not null)
            {
                _ = shipment.TakeUnsaved();

                // Crash here: the file stands on the vessel and the ledger does not know; the next start finds it there and only books it.
                await _office.Ledger.PublishedAsync([published], CancellationToken.None).ConfigureAwait(false);
                await DeliveredAsync(delivery).ConfigureAwait(false);
                _office.TellPublished(delivery.Version, published, _vessel.Facts);
                _office.Delivered();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The visit ends; what is acknowledged is saved with it.
        }
        catch (Exception exception)
        {
            await _roomMaker.FailedAsync(shipment, exception, cancellationToken).ConfigureAwait(false);
            await _failures.FailedAsync(delivery, exception).ConfigureAwait(false);
        }
    }

    private async Task DeliveredAsync(Delivery delivery)
    {
        FileVersion version = delivery.Version;
        lock (_gate)
        {
            (MadeProgress, DeliveredAny) = (true, true);
        }

        _setbacks.Delivered(version.Id);
        _office.Progress.Healthy();
        _office.Progress.Published(version.Stamp.SizeInBytes);
        await _office.WentWellAsync(version).ConfigureAwait(false);
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
        catch (VesselException fault) when (fault.IsOfTheLink && fault.Kind != FailureKind.TempDirUnsafe && !cancellationToken.IsCancellationRequested)
        {
            if (!_crew.AnyOpen || (_office.Broke(fault) && _office.Hanging.Holds(piece.File)))
            {
                throw;
            }

            // Another lane lives: what this one had not acknowledged goes there. The shipment asks again by what is still missing.
        }
    }

    private async Task SaveLoopAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(SaveEvery, _office.Time);
        for (int turn = 1; await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false); turn++)
        {
            Shipment[] small = turn % TurnsToSaveSmall == 0 ? _loads.Shipments(Load.Small) : [];
            await Task.WhenAll(_loads.Shipments(Load.Big).Concat(small).Select(_office.Saver.SaveAsync)).ConfigureAwait(false);
        }
    }
}
