using System.Runtime.CompilerServices;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>What every shipment of one visit works with.</summary>
/// <param name="Verifier">Hashes ranges on the vessel, many in one command.</param>
/// <param name="Publisher">Publishes small files in batches.</param>
/// <param name="Unpacker">Unpacks, verifies and publishes archives of small files, several in one command.</param>
/// <param name="Carry">Puts a piece on a lane and waits for its acknowledgement.</param>
/// <param name="Destination">Where a version belongs on the vessel.</param>
internal sealed record ShipmentTools(
    IVessel Vessel,
    ILedger Ledger,
    SourceLibrary Sources,
    Batcher<RemoteRange, RangeHash> Verifier,
    Batcher<PublishRequest, PublishOutcome> Publisher,
    Batcher<PackContent, bool?> Unpacker,
    Func<Piece, CancellationToken, Task> Carry,
    Func<FileVersion, BytePath> Destination,
    VesselProgress Progress)
{
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Whether nothing waits for a lane now.</summary>
    public Func<bool> NothingWaits { get; init; } = static () => false;

    /// <summary>Told why an unfinished file is sent again from its beginning.</summary>
    public Action<string> BeginsAnew { get; init; } = static _ => { };

    public RoomBook Room { get; } = new();

    public RoomAnswers Answers => field ??= new(Vessel, Time);

    public KnownNames Known { get; } = new(Vessel);

    /// <summary>Whether a pack's file was found to be there already. While none was, packs are sent before the answers are here.</summary>
    public StrongBox<bool> FoundAny { get; } = new();

    /// <summary>What an earlier attempt left of it is not there: it begins anew, and that is told where bytes go over the line again.</summary>
    public Task RestartAsync(Shipment shipment, CancellationToken cancellationToken)
    {
        if (shipment.AcknowledgedBefore > 0)
        {
            BeginsAnew($"Could not go on with {Destination(shipment.Version)} on {Vessel.Name}, because its unfinished file is gone, or the settings have it elsewhere now.");
        }

        return Ledger.RestartAsync(Vessel.Name, shipment.Version.Id, cancellationToken);
    }

    /// <summary>Asks the <see cref="Verifier"/>; what keeps it from hashing this one range is thrown.</summary>
    public async Task<RangeHash> HashAsync(RemoteRange range, CancellationToken cancellationToken)
    {
        RangeHash hash = await Verifier.AskAsync(range, cancellationToken).ConfigureAwait(false);
        return hash.Trouble is { } trouble ? throw trouble : hash;
    }
}
