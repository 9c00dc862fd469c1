using System.Runtime.ExceptionServices;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>What becomes of a delivery that failed: taken up again soon, stepped back, or a sign that the vessel itself is in trouble.</summary>
/// <param name="troubled">Set when it is the vessel's trouble: the visit ends with it.</param>
internal sealed class FailureDesk(VesselOffice office, Setbacks setbacks, TaskCompletionSource<VesselException> troubled)
{
    private string Vessel => office.Settings.Name;

    /// <summary>A file could not be delivered; the link's failures touch no delivery.</summary>
    /// <exception cref="OutOfMemoryException">It was for want of memory: no file's trouble, nor the vessel's, and to go on would be to fail everywhere.</exception>
    public async Task FailedAsync(Delivery delivery, Exception exception)
    {
        if (exception is OutOfMemoryException)
        {
            ExceptionDispatchInfo.Throw(exception);
        }

        (FailureKind kind, string message, bool link) = exception switch
        {
            VesselException vessel => (vessel.Kind, vessel.Message, vessel.IsOfTheLink),
            SourceException source => (source.Kind, source.Message, false),
            LedgerWriteException ledger => (FailureKind.ShoreSetup, ledger.Message, false),
            _ => (FailureKind.Bug, $"Could not deliver {delivery.Version.Path} to {Vessel}: {exception.GetType().Name}: {DisplayText.Escape(exception.Message)}", false),
        };
        if (link || kind == FailureKind.PartMissing)
        {
            if (kind == FailureKind.PartMissing)
            {
                TellBegunAnew(message);
                await office.Ledger.RestartAsync(Vessel, delivery.Version.Id, CancellationToken.None).ConfigureAwait(false);
            }

            if (Backoff.NeedsPeople(kind))
            {
                // A login refused in mid-visit is refused to each file that asks for a shell, and each may count towards a lock-out.
                troubled.TrySetResult((VesselException)exception);
                return;
            }

            // The link's failures are told once by whoever owns the link; this file is simply taken up again a little later. A shell in which a tool hangs has to be
            // looked at anew.
            if (kind != FailureKind.LoginHangs && !setbacks.Lost(delivery.Version.Id))
            {
                return;
            }

            if (link)
            {
                // Lanes live and yet this file gets nowhere (a shell that cannot be opened again): the vessel's trouble, with its rule for waiting.
                troubled.TrySetResult((VesselException)exception);
                return;
            }
        }

        if (kind == FailureKind.SourceChanged)
        {
            office.SourceChanged(delivery.Version);
        }

        if (kind == FailureKind.Bug)
        {
            office.Logger.Bug(exception, Vessel);
        }

        await StepBackAsync(delivery, kind, message).ConfigureAwait(false);
    }

    /// <summary>What was there of a file on the vessel is not there any more.</summary>
    public void TellBegunAnew(string reason)
    {
        if (MayTell(FailureKind.PartMissing))
        {
            office.Logger.PartMissing(Vessel, reason);
        }
    }

    private bool MayTell(FailureKind kind)
    {
        bool? may = office.News.MayTell(kind, office.Time);
        if (may is null)
        {
            office.Logger.MoreFailAlike(Vessel);
        }

        return may == true;
    }

    private async Task StepBackAsync(Delivery delivery, FailureKind kind, string message)
    {
        TimeSpan wait = Backoff.StepBack(kind, delivery.Failures + 1, office.Chance());
        bool ofThePlace = PenaltyBox<(string, BytePath)>.IsOfThePlace(kind);

        // Of hundreds that a full disk refuses side by side a few are told in the log; each has its reason in the ledger, where `explain` finds it.
        if (ofThePlace ? office.Box.Failed(VesselOffice.PlaceOf(delivery.Version), kind, delivery.Version.Stamp.SizeInBytes, message) : MayTell(kind))
        {
            office.Logger.FileFailed(delivery.Version.Directory, delivery.Version.Path, Vessel, wait, message, Advice.For(kind, Vessel));
        }

        if (kind == FailureKind.DataCorrupt)
        {
            // Nothing of it can be trusted: all is sent again under a new name.
            await office.Ledger.RestartAsync(Vessel, delivery.Version.Id, CancellationToken.None).ConfigureAwait(false);
        }

        await office.Ledger.FailedAsync(Vessel, delivery.Version.Id, kind, message, office.Time.GetUtcNow() + wait, CancellationToken.None).ConfigureAwait(false);
        if (ofThePlace)
        {
            // Other places, and smaller files, may well go: only what waits for this place waits.
            office.Progress.Failed(kind, message, Advice.For(kind, Vessel));
        }
        else if (setbacks.Failed(kind))
        {
            troubled.TrySetResult(new VesselException(kind, message));
        }
    }
}
