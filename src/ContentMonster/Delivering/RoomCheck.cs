using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>A file that is not small and cannot fit would fill the vessel with what is unfinished of it, and no smaller one could go on: so it is not begun.</summary>
internal sealed class RoomCheck(ShipmentTools tools, Shipment shipment, BytePath destination)
{
    /// <summary>A <see cref="VesselException"/> where the version does not fit beside what others of this visit were promised.</summary>
    /// <param name="space">Where it is sent to, as it was told a while ago; null: it is not known.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task ThrowIfNoRoomAsync(RemoteSpace? space, CancellationToken cancellationToken)
    {
        PartLayout layout = shipment.Layout ?? tools.Vessel.LayoutFor(destination, PartName.NewId());
        (long, long)? shortage = tools.Room.Shortage(shipment, space);
        if (shortage is not null)
        {
            // Others may have ended since.
            space = await tools.Answers.NewAsync(layout.FileOf(0), cancellationToken).ConfigureAwait(false);
            shortage = tools.Room.Shortage(shipment, space);
        }

        if (shortage is (long needed, long promised))
        {
            throw new VesselException(
                FailureKind.VesselFull,
                $"Could not send {destination} to {tools.Vessel.Name}, because the vessel is full: it takes {needed} bytes more and {space?.FreeBytes} bytes are free there, of which other files under way take {promised}.");
        }

        // What is joined from chunk files takes its size once more, where it ends up; a join that was broken off there makes room for the next.
        if (layout.InPieces && await tools.Answers.AboutAsync(layout.Sibling, shipment.Version.Stamp.SizeInBytes, cancellationToken).ConfigureAwait(false) is { FreeBytes: var beside } && beside < shipment.Version.Stamp.SizeInBytes
            && beside + ((await tools.Vessel.LookAsync(layout.Sibling, cancellationToken).ConfigureAwait(false))?.SizeInBytes ?? 0) < shipment.Version.Stamp.SizeInBytes)
        {
            throw new VesselException(
                FailureKind.VesselFull, $"Could not send {destination} to {tools.Vessel.Name}, because the vessel is full: it takes {shipment.Version.Stamp.SizeInBytes} bytes and {beside} bytes are free at its destination.");
        }
    }
}
