using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>
/// The last steps of an earlier attempt, whose connection was given up before they were answered: the server may still carry them out, while
/// a new attempt is under way or after it. The renames are known by the booking that precedes them.
/// </summary>
internal sealed class EarlierAttempt(ShipmentTools tools, Shipment shipment, Delivery delivery, WholeFile whole)
{
    // From when the earlier attempt was given up. A server that is slower than that is most likely gone; and a link may not last for long.
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(5);
    private readonly BytePath _destination = tools.Destination(delivery.Version);

    // It was given up before this attempt began.
    private readonly long _since = tools.Time.GetTimestamp();

    private bool MayCome => delivery.State == DeliveryState.Publishing;

    /// <summary>Whether the unfinished file is missing because the rename of the earlier attempt has just been done: then there is nothing to be sent again.</summary>
    public async Task<bool> WasFirstAsync(CancellationToken cancellationToken)
    {
        if (!MayCome || shipment.Layout is not { } layout || await tools.Vessel.LookAsync(layout.Sibling, cancellationToken).ConfigureAwait(false) is not null)
        {
            return false;
        }

        shipment.Layout = null;
        return await LookAgainAsync(layout.Sibling, cancellationToken).ConfigureAwait(false) is { Kind: RemoteKind.Regular } there
            && await whole.StandsThereAsync(there, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// What stands at the destination now that the unfinished file is gone. Where a replacement takes several steps, the first of an earlier attempt may have moved
    /// the file aside late, and the daemon was killed while it waited for that: then it is put back before.
    /// </summary>
    public async Task<RemoteLook?> LookAgainAsync(BytePath sibling, CancellationToken cancellationToken)
    {
        RemoteLook? there = await tools.Vessel.LookAsync(_destination, cancellationToken).ConfigureAwait(false);
        if (there is not null || tools.Vessel.Facts.CanReplace || !MayCome)
        {
            return there;
        }

        await SweepAsync([sibling], cancellationToken).ConfigureAwait(false);
        return await tools.Vessel.LookAsync(_destination, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Before a file is put together that an earlier attempt had sent whole: it may have asked for that, too, and a shell that does so late would begin with an
    /// empty file where this attempt's is whole already.
    /// </summary>
    public Task BeforeAssemblyAsync(CancellationToken cancellationToken) =>
        delivery.Part is not null && delivery.Chunks.Sum(static chunk => chunk.AcknowledgedBytes) == delivery.Version.Stamp.SizeInBytes
            ? WaitAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>
    /// The file stands in its place. Where a replacement takes several steps the first of an earlier attempt could yet move it aside, as it was meant for the
    /// older content: it is given the time to, and what it moved is put back.
    /// </summary>
    /// <param name="sibling">The unfinished file beside the destination.</param>
    /// <param name="sweeps">Something of it may be left.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task SettleAsync(BytePath sibling, bool sweeps, CancellationToken cancellationToken)
    {
        if (sweeps)
        {
            await SweepAsync([sibling], cancellationToken).ConfigureAwait(false);
        }

        if (tools.Vessel.Facts.CanReplace || !MayCome)
        {
            return;
        }

        // What it moved is beside the destination. If nothing is there and the destination is gone as well, the vessel's own programs have taken the file.
        await WaitAsync(cancellationToken).ConfigureAwait(false);
        await SweepAsync([.. new[] { sibling, delivery.Part ?? sibling }.Distinct()], cancellationToken).ConfigureAwait(false);
    }

    private async Task SweepAsync(IReadOnlyList<BytePath> parts, CancellationToken cancellationToken)
    {
        if (await tools.Vessel.SweepAsync(parts, cancellationToken).ConfigureAwait(false) is { Count: > 0 } left)
        {
            throw left.Values.First();
        }
    }

    private Task WaitAsync(CancellationToken cancellationToken) =>
        Wait - tools.Time.GetElapsedTime(_since) is { Ticks: > 0 } left ? Task.Delay(left, tools.Time, cancellationToken) : Task.CompletedTask;
}
