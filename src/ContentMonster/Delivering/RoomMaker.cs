using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>Gives up unfinished files on a vessel that keep out one another; see <see cref="Stranded"/>.</summary>
internal sealed class RoomMaker(IVessel vessel, VesselOffice office)
{
    /// <exception cref="VesselException">What was there of it made room for another, which goes first.</exception>
    public void ThrowIfItWaits(Shipment shipment)
    {
        if (shipment.Layout is null && office.Stranded.GoesBefore(shipment.Version.Id) is { } first)
        {
            throw new VesselException(
                FailureKind.VesselFull,
                $"Could not begin {office.DestinationOf(shipment.Version)} on {vessel.Name} anew yet, because the vessel was full: what was there of it made room for {office.DestinationOf(first)}, which goes first.");
        }
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
            office.Stranded.Forget(shipment.Version.Id);
            return;
        }

        if (shipment.Layout is null && office.Stranded.GoesBefore(shipment.Version.Id) is not null)
        {
            return; // It was not even begun.
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
    /// Has the ledger forget what is in the way: it is litter then, which is swept next. Only where nothing can be begun meanwhile.
    /// </summary>
    /// <param name="underWay">Version ids.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task MakeAsync(long[] underWay, CancellationToken cancellationToken)
    {
        IReadOnlyList<FileVersion> hopeless = office.Stranded.TakeHopeless(underWay);
        foreach (FileVersion version in hopeless)
        {
            // Crash after this line: the name is booked as litter, and the delivery begins anew.
            await office.Ledger.RestartAsync(vessel.Name, version.Id, cancellationToken).ConfigureAwait(false);
        }

        if (hopeless.Count > 0)
        {
            office.Logger.MadeRoom(vessel.Name, hopeless.Count, hopeless[0].Directory, hopeless[0].Path);
        }
    }
}
