using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Vessels;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Delivering;

/// <summary>One vessel's life: connects when there is work, works, and tries again by the one rule of <see cref="Backoff"/>.</summary>
internal sealed class VesselWorker(VesselOffice office, ConnectVessel connect)
{
    private const int SmallLookedAt = 256;
    private const int BigLookedAt = 16; // each may have megabytes of hashes
    private const int MostLitterLookedAt = 10;
    private static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);

    // A visit that broke sooner than this after some progress counts as a failed attempt: no hot loop of tiny visits.
    private static readonly TimeSpan ShortVisit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestNoted = Backoff.LongestForPeople * 1.25;
    private readonly Bell _tryNow = new();

    // Only RunAsync writes these; what is asked for `run --once` reads them.
    private int _failures;
    private int _refusals; // those that need people; not among _failures
    private long _failingSince;
    private volatile bool _hasFailed;
    private volatile IVessel? _connected;
    private FailureKind _lastKind;
    private string? _toldShortfall;
    private bool _ledgerFailed;

    public string Vessel => office.Settings.Name;

    /// <summary>For `run --once`: not connected, and that for so long, or until people do something.</summary>
    public bool HasGivenUp(TimeSpan patience) =>
        _connected is null && _hasFailed && (Backoff.NeedsPeople(_lastKind) || office.Time.GetElapsedTime(_failingSince) >= patience);

    /// <summary>For `run --once`: unfinished files that nobody needs are about to be removed there.</summary>
    public async Task<bool> IsSweepingAsync(CancellationToken cancellationToken) =>
        (_connected is not null || !_hasFailed)
        && ((!office.CannotSweep && (await office.Ledger.LitterAsync(Vessel, MostLitterLookedAt, cancellationToken).ConfigureAwait(false)).Any(part => _connected?.Owns(part) != true && !office.Hanging.Holds(part)))
            || await AnyLeftBehindAsync(cancellationToken).ConfigureAwait(false) || office.IsLeaving);

    /// <summary>Ends a wait: something about the vessel, the network or the settings may have changed.</summary>
    public void TryNow() => _tryNow.Ring();

    /// <summary>An address or a link came or went. That mends no refused login: trying at each such event would be what locks the account.</summary>
    public void NetworkChanged()
    {
        if (!(_hasFailed && Backoff.NeedsPeople(_lastKind)))
        {
            _tryNow.Ring();
        }
    }

    /// <summary>Until the token ends it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WorkAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (LedgerException trouble)
        {
            _ledgerFailed = true;
            office.Progress.Failed(FailureKind.ShoreSetup, trouble.Message, Advice.For(FailureKind.ShoreSetup, Vessel));
            office.Progress.Enter(VesselState.BackingOff);
            throw;
        }
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        for (bool first = true; true; first = false)
        {
            long waitingBytes = await WaitForWorkAsync(cancellationToken).ConfigureAwait(false);
            if (first)
            {
                await SitOutAsync(cancellationToken).ConfigureAwait(false);
            }

            if (_ledgerFailed)
            {
                // As long as nothing can be written down nobody logs in for nothing.
                await NoteAsync("not connected", null, null, cancellationToken).ConfigureAwait(false);
                _ledgerFailed = false;
            }

            // A retry asked for before this attempt is answered by it; only one that comes from now on shortens the wait after it.
            _tryNow.Silence();
            VesselException? failure = await VisitAsync(waitingBytes, cancellationToken).ConfigureAwait(false);
            if (failure is not null)
            {
                await BackOffAsync(failure, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // What an earlier run has left of its wait; longer than any wait it is a clock that was put back.
    private async Task SitOutAsync(CancellationToken cancellationToken)
    {
        LedgerTotals totals = await office.Ledger.TotalsAsync(cancellationToken).ConfigureAwait(false);
        VesselNote? note = totals.Vessels.FirstOrDefault(vessel => vessel.Vessel == Vessel)?.Note;
        if (note is { Kind: FailureKind.LoginRefused })
        {
            office.WasRefused();
        }

        if (note is not { Kind: FailureKind kind, NextAttempt: DateTimeOffset next } || !Backoff.NeedsPeople(kind) || !office.StillRefused(note))
        {
            return;
        }

        TimeSpan wait = next - office.Time.GetUtcNow();
        if (wait > TimeSpan.Zero && wait <= LongestNoted)
        {
            (_lastKind, _failingSince) = (kind, office.Time.GetTimestamp());
            _hasFailed = true;
            office.Progress.Failed(kind, note.LastError ?? "", Advice.For(kind, Vessel), VesselState.Stopped, next);
            office.Logger.StillRefused(Vessel, wait, note.LastError ?? "");
            await _tryNow.WaitAsync(wait, office.Time, cancellationToken).ConfigureAwait(false);
            Forgive();
        }
    }

    // Bytes that wait at the least: what stands first in the queue.
    private async Task<long> WaitForWorkAsync(CancellationToken cancellationToken)
    {
        var none = new HashSet<long>();
        while (true)
        {
            IReadOnlyList<Delivery> small = await office.Ledger.QueueAsync(Vessel, SmallLookedAt, none, big: false, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<Delivery> big = await office.Ledger.QueueAsync(Vessel, BigLookedAt, none, big: true, cancellationToken).ConfigureAwait(false);
            if (small.Count + big.Count > 0 || await AnyLitterAsync(cancellationToken).ConfigureAwait(false))
            {
                return (long)Math.Min(long.MaxValue, small.Concat(big).Sum(static delivery => (decimal)delivery.Version.Stamp.SizeInBytes));
            }

            DateTimeOffset? due = await office.Ledger.NextRetryAsync(Vessel, cancellationToken).ConfigureAwait(false);
            TimeSpan patience = due is DateTimeOffset at && at - office.Time.GetUtcNow() < LookAgain ? at - office.Time.GetUtcNow() : LookAgain;
            await office.Work.WaitAsync(patience > TimeSpan.FromMilliseconds(50) ? patience : TimeSpan.FromMilliseconds(50), office.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> AnyLitterAsync(CancellationToken cancellationToken) =>
        office.Unswept.Left <= TimeSpan.Zero
        || (await office.Ledger.LitterAsync(Vessel, 1 + office.Unswept.Count, cancellationToken).ConfigureAwait(false)).Any(part => !office.Unswept.Holds(part) && !office.Hanging.Holds(part))
        || await AnyLeftBehindAsync(cancellationToken).ConfigureAwait(false);

    private async Task<bool> AnyLeftBehindAsync(CancellationToken cancellationToken) =>
        !office.LeavesAlone && (await office.Ledger.LeftBehindAsync(Vessel, 1, cancellationToken).ConfigureAwait(false)).Count > 0;

    // Null: the visit ended because there was nothing more to do.
    private async Task<VesselException?> VisitAsync(long waitingBytes, CancellationToken cancellationToken)
    {
        office.Progress.Enter(VesselState.Connecting);
        long began = office.Time.GetTimestamp();
        Visit? visit = null;
        try
        {
            IVessel vessel = await connect(waitingBytes, cancellationToken).ConfigureAwait(false);
            await using (vessel.ConfigureAwait(false))
            {
                TellShortfall(vessel.Facts.SocketShortfall);
                _connected = vessel;
                await NoteAsync("connected", null, null, cancellationToken).ConfigureAwait(false);
                visit = new Visit(vessel, office, waitingBytes);
                await visit.RunAsync(IdleLimit, cancellationToken).ConfigureAwait(false);
            }

            Forgive();
            office.Progress.Enter(VesselState.Idle);
            if (!visit.TakesNewConnection)
            {
                office.Logger.WentIdle(Vessel);
            }

            await NoteAsync("idle", null, null, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (VesselException exception)
        {
            if (Backoff.NeedsPeople(exception.Kind))
            {
                // Also after progress: a vessel that lets in one login and refuses the next would be tried at the shortest wait for ever.
                return Count(exception);
            }

            if (office.Broke(exception))
            {
                // The others of the vessel need not wait for it, now that it is left out.
                Forgive();
                (_failures, _failingSince) = (1, office.Time.GetTimestamp());
                return exception;
            }

            // A link that carried bytes is tried at once. A vessel that is full or refuses takes bytes, too: there only a delivery counts.
            if (visit is not null && (exception.IsOfTheLink ? visit.MadeProgress : visit.DeliveredAny))
            {
                bool brief = !exception.IsOfTheLink || office.Time.GetElapsedTime(began) < ShortVisit;
                Forgive();
                _failures = brief ? 1 : 0;
                _failingSince = office.Time.GetTimestamp();
                return exception;
            }

            return Count(exception);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            office.Progress.Enter(VesselState.Idle);
            await BidFarewellAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            _connected = null;
            office.Progress.LanesOpen(0);
        }
    }

    private async Task BidFarewellAsync()
    {
        try
        {
            await NoteAsync("not connected", null, null, CancellationToken.None).ConfigureAwait(false);
        }
        catch (LedgerException)
        {
            // It has been told why nothing can be written; the next start asks the vessel anyhow.
        }
    }

    // Once for each reason, not at each connection.
    private void TellShortfall(string? shortfall)
    {
        if (shortfall is not null && shortfall != _toldShortfall)
        {
            office.Logger.SystemsOwnCongestionControl(Vessel, shortfall);
        }

        _toldShortfall = shortfall;
    }

    private VesselException Count(VesselException exception)
    {
        if (!_hasFailed)
        {
            _failingSince = office.Time.GetTimestamp();
        }

        // Each by itself: what a long outage added up is no reason to wait hours after the first login that is refused.
        _ = Backoff.NeedsPeople(exception.Kind) ? _refusals++ : _failures++;

        (_lastKind, _hasFailed) = (exception.Kind, true);
        return exception;
    }

    private void Forgive() => (_failures, _refusals, _hasFailed) = (0, 0, false);

    private async Task BackOffAsync(VesselException failure, CancellationToken cancellationToken)
    {
        TimeSpan wait = Backoff.Next(failure.Kind, Backoff.NeedsPeople(failure.Kind) ? _refusals : _failures, office.Time.GetElapsedTime(_failingSince), office.Chance());
        DateTimeOffset next = office.Time.GetUtcNow() + wait;
        string advice = Advice.For(failure.HangsAt is null ? failure.Kind : FailureKind.CommandHangs, Vessel);
        office.Progress.Failed(failure.Kind, failure.Message, advice, Backoff.NeedsPeople(failure.Kind) ? VesselState.Stopped : VesselState.BackingOff, next);
        office.Logger.VesselFailed(Vessel, wait, failure.Message, advice);

        // Also where the run ends just now because of this failure: the next one is to know of it.
        await NoteAsync("backing off", failure, next, CancellationToken.None).ConfigureAwait(false);
        if (wait > TimeSpan.Zero)
        {
            await _tryNow.WaitAsync(wait, office.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task NoteAsync(string state, VesselException? failure, DateTimeOffset? next, CancellationToken cancellationToken) => office.Ledger.NoteVesselAsync(
        Vessel, new VesselNote(state, failure?.Kind, failure?.Message, failure is null ? null : office.Time.GetUtcNow(), next), cancellationToken);
}
