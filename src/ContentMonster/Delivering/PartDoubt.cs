using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>What it means that a chunk had another hash on the vessel, or none.</summary>
/// <param name="destination">Of the file, for what is told.</param>
/// <param name="failures">Of the file on this vessel before.</param>
internal sealed class PartDoubt(IVessel vessel, Shipment shipment, BytePath destination, int failures)
{
    public const int OwnerMayRead = 0x100; // 0400

    // Sent again once after so many failures: under a new name it lies elsewhere on a disk that has a bad block.
    private const int FailuresBeforeAnew = 2;

    /// <summary>Returns where bytes are wrong or missing: they are to be sent again.</summary>
    /// <exception cref="VesselException">
    /// PartMissing, or once DataCorrupt: all is to be sent again, in a new file. Refused: all is there, and sending it again would be in vain.
    /// </exception>
    public async Task ThrowIfNotReadAsync(int chunk, RangeHash found, CancellationToken cancellationToken)
    {
        RemoteRange range = shipment.RangeOf(chunk);
        RemoteLook look = await vessel.LookAsync(range.File, cancellationToken).ConfigureAwait(false)
            ?? throw new VesselException(FailureKind.PartMissing, $"Could not go on with {destination} on {vessel.Name}, because its unfinished file is gone.");
        if (found.Sha256 is not null || look.SizeInBytes < range.Offset + range.Length)
        {
            return;
        }

        if ((shipment.Version.Stamp.Mode & OwnerMayRead) == 0 && (look.Mode & OwnerMayRead) == 0)
        {
            throw new VesselException(FailureKind.PartMissing, $"Could not go on with {destination} on {vessel.Name}, because its unfinished file has its last mode already, and may not be read there any more.");
        }

        throw new VesselException(
            failures == FailuresBeforeAnew ? FailureKind.DataCorrupt : FailureKind.Refused,
            $"Could not verify chunk {chunk} of {destination} on {vessel.Name}, because there is no hash of {range.File}, though that is there: what hashes may not read it, or sees another directory than SFTP.");
    }
}
