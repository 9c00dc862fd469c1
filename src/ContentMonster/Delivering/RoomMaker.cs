using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>Gives up unfinished files on a vessel that keep out one another; see <see cref="Stranded"/>.</summary>
internal sealed class RoomMaker(IVessel vessel, VesselOffice office)
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(30); // less than the patience of `run --once`

    /// <summary>What was there of a file made room for another, which goes first: if that is so it is put off, which is no failure. Asked before anything of it is begun.</summary>
    public async Task<bool> PutOffAsync(Shipment shipment, CancellationToken cancellationToken)
    {
        if (shipment.BookedPart is not null)
        {
            return false;
        }

        while (office.Stranded.GoesBefore(shipment.Version.Id) is { } first)
        {
            if (await office.Ledger.IsWantedAsync(vessel.Name, first.Id, cancellationToken).ConfigureAwait(false))
            {
                string message = $"Not tried this time, because the vessel was full or refused more: what was there of it made room for {office.DestinationOf(first)}, which goes first.";
                await office.Ledger.PostponeAsync(
                    vessel.Name, [shipment.Version.Id], FailureKind.VesselFull, message, office.Time.GetUtcNow() + Wait, cancellationToken).ConfigureAwait(false);
                return true;
            }

            _ = office.Stranded.Forget(first.Id);
        }

        return false;
    }

    /// <summary>A file failed: perhaps for want of room where its unfinished file lies.</summary>
    public async Task FailedAsync(Shipment shipment, Exception failure, CancellationToken cancellationToken)
    {
        if (failure is VesselException { IsOfTheLink: true })
        {
            return; // That says nothing of room.
        }

        if ((failure as VesselException)?.Kind is not (FailureKind.VesselFull or FailureKind.Refused))
        {
            _ = office.Stranded.Forget(shipment.Version.Id);
            return;
        }

        try
        {
            PartLayout layout = shipment.Layout ?? vessel.LayoutFor(office.DestinationOf(shipment.Version), PartName.NewId());
            RemoteSpace? space = await vessel.SpaceAsync(layout.FileOf(0), cancellationToken).ConfigureAwait(false);
            long joined = layout.InPieces && space is { } here && await vessel.SpaceAsync(layout.Sibling, cancellationToken).ConfigureAwait(false) is { } there && there.IsOnDiskOf(here)
                ? shipment.Version.Stamp.SizeInBytes : 0;
            office.Stranded.Failed(shipment, ((VesselException)failure).Kind, space, shipment.BytesLeft + joined);
        }
        catch (Exception exception) when (exception is VesselException or OperationCanceledException)
        {
            // The link broke: it is tried again, and fails again if it must. How long it was refused before that still counts.
        }
    }

    /// <summary>
    /// Has the ledger forget what is in the way: it is litter then, which is swept next, and the one that it makes room for is due. Only where nothing can be begun meanwhile.
    /// </summary>
    /// <param name="underWay">Version ids.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task MakeAsync(long[] underWay, CancellationToken cancellationToken)
    {
        (IReadOnlyList<FileVersion> hopeless, IReadOnlyList<(FileVersion Version, FailureKind Kind)> next) = office.Stranded.TakeHopeless(underWay);
        foreach (FileVersion version in hopeless)
        {
            // Crash after this line: the name is booked as litter, and the delivery begins anew.
            await office.Ledger.RestartAsync(vessel.Name, version.Id, cancellationToken).ConfigureAwait(false);
        }

        if (hopeless.Count > 0)
        {
            office.Logger.MadeRoom(vessel.Name, hopeless.Count, hopeless[0].Directory, hopeless[0].Path);
        }

        foreach ((FileVersion version, FailureKind kind) in next)
        {
            // Who failed often waits for minutes otherwise, with all others behind it. Where its place waits for something else, so does it.
            (string, BytePath) place = VesselOffice.PlaceOf(version);
            if (office.Box.Sentence(place, long.MaxValue) is { Kind: FailureKind.VesselFull or FailureKind.Refused })
            {
                office.Box.Succeeded(place, long.MaxValue);
            }

            await office.Ledger.PostponeAsync(
                vessel.Name, [version.Id], kind, "Tried again at once, because what was there of others makes room for it.", office.Time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        }
    }
}
