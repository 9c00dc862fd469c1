using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>Looks on the vessel for what an earlier attempt left of a version, and how much of it.</summary>
internal sealed class PartSearch(IVessel vessel, Shipment shipment, BytePath destination)
{
    private FileVersion Version => shipment.Version;

    /// <summary>True: the unfinished file is there; what it has lost since is sent again. False: it is gone, all begins anew under another name.</summary>
    public async Task<bool> FindAsync(BytePath part, CancellationToken cancellationToken)
    {
        PartLayout layout = vessel.LayoutFor(destination, PartName.IdOf(part) ?? throw new InvalidOperationException($"The ledger holds a part without an id: {part}."));
        bool sameWay = layout.Sibling == part;
        if (sameWay && (layout.InPieces ? await LookAtPiecesAsync(layout, cancellationToken).ConfigureAwait(false) : await LookAtWholeAsync(layout, cancellationToken).ConfigureAwait(false)))
        {
            shipment.Layout = layout;
            return true;
        }

        for (int chunk = 0; chunk < Version.ChunkCount; chunk++)
        {
            shipment.Lost(chunk, 0);
        }

        // Publishing stays booked until it is known whether the rename had been done: Begin and Published both lead out of it.
        return false;
    }

    private async Task<bool> LookAtWholeAsync(PartLayout layout, CancellationToken cancellationToken)
    {
        RemoteLook? look = await vessel.LookAsync(layout.Whole, cancellationToken).ConfigureAwait(false);
        if (look is not { Kind: RemoteKind.Regular })
        {
            return false;
        }

        for (int chunk = 0; chunk < Version.ChunkCount; chunk++)
        {
            shipment.Lost(chunk, Math.Max(0, look.SizeInBytes - (chunk * Version.ChunkSizeInBytes)));
        }

        return true;
    }

    private async Task<bool> LookAtPiecesAsync(PartLayout layout, CancellationToken cancellationToken)
    {
        int[] begun = [.. Enumerable.Range(0, Version.ChunkCount).Where(chunk => shipment.Acknowledged(chunk) > 0)];
        RemoteLook?[] looks = await Task.WhenAll(begun.Select(chunk => vessel.LookAsync(layout.FileOf(chunk), cancellationToken))).ConfigureAwait(false);
        for (int at = 0; at < begun.Length; at++)
        {
            shipment.Lost(begun[at], looks[at] is { Kind: RemoteKind.Regular } look ? look.SizeInBytes : 0);
        }

        return true;
    }
}
