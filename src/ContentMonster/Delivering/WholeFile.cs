using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>Whether a file on the vessel is a version, all of it.</summary>
internal sealed class WholeFile(ShipmentTools tools, Shipment shipment, Delivery delivery, SourceBook source)
{
    private readonly BytePath _destination = tools.Destination(delivery.Version);

    private FileVersion Version => shipment.Version;

    private bool Proves => tools.Vessel.Facts.Proof != VerifiedBy.Nothing;

    public static PublishRequest Request(FileVersion version, BytePath part, BytePath destination) =>
        new(part, destination, version.Stamp.SizeInBytes, version.Stamp.ModifiedUnixNanoseconds, version.Stamp.Mode);

    /// <summary>Delivered before, or standing there for any other reason: the same size and the same hashes are the same file, and nothing is sent.</summary>
    public async Task<bool> StandsThereAsync(RemoteLook there, CancellationToken cancellationToken)
    {
        if (there.SizeInBytes != Version.Stamp.SizeInBytes)
        {
            return false;
        }

        // The time was set before the rename: with it even an older version of the same size is told apart.
        bool partGone = delivery.State == DeliveryState.Publishing && shipment.Layout is null
            && there.ModifiedUnixSeconds == PublishSteps.AttributesOf(Request(Version, _destination, _destination)).ModifiedUnixSeconds;
        return tools.Vessel.Facts.Proof switch
        {
            // Without proof only our own booked rename counts: the part was whole, its name is gone, size and time are right. Where an older version
            // looks the same, the name may be gone for another reason.
            VerifiedBy.Nothing => partGone && !await tools.Ledger.HasLookalikeAsync(Version.Id, cancellationToken).ConfigureAwait(false),

            // Reading it all back is dear: only when the rename was surely sent.
            VerifiedBy.Readback when !partGone => false,
            _ => await MatchesAsync(_destination, cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>Whether what is put together at the sibling is whole since an earlier try. Without proof only a booked rename tells that it had been.</summary>
    public async Task<bool> IsAssembledAsync(BytePath sibling, CancellationToken cancellationToken) =>
        await tools.Vessel.LookAsync(sibling, cancellationToken).ConfigureAwait(false) is { Kind: RemoteKind.Regular } look && look.SizeInBytes == Version.Stamp.SizeInBytes
        && (Proves ? await IsWholeAsync(sibling, cancellationToken).ConfigureAwait(false) : delivery.State == DeliveryState.Publishing);

    /// <summary>Whether what should be whole is, asked in the way that costs least where it is.</summary>
    public Task<bool> IsWholeAsync(BytePath file, CancellationToken cancellationToken)
    {
        if (!Version.IsBig || tools.Vessel.Facts.Proof != VerifiedBy.RemoteHash || Version.Stamp.SizeInBytes > tools.Vessel.Facts.ProofPlan.MostBytes)
        {
            return MatchesAsync(file, cancellationToken);
        }

        shipment.Show("verifying");
        return HashMatchesAsync(file, cancellationToken);
    }

    /// <summary>Whether a file on the vessel has the hash of this version. In a script of its own: what others ask does not wait for it in one batch.</summary>
    public async Task<bool> HashMatchesAsync(BytePath file, CancellationToken cancellationToken)
    {
        Task<IReadOnlyList<RangeHash>> hashing = tools.Vessel.HashAsync([new RemoteRange(file, 0, Version.Stamp.SizeInBytes, WholeFile: true)], cancellationToken);
        Task<byte[]> hashingHere = source.WholeHashAsync(cancellationToken);
        await SideBySide.AllAsync([hashing, hashingHere]).ConfigureAwait(false);
        byte[]? found = (await hashing.ConfigureAwait(false))[0].Sha256;
        byte[] wanted = await hashingHere.ConfigureAwait(false);
        return found is not null && found.AsSpan().SequenceEqual(wanted);
    }

    /// <summary>Whether a file on the vessel has the hashes of this version, chunk by chunk: an older version of the same size is told by its first ones.</summary>
    public async Task<bool> MatchesAsync(BytePath file, CancellationToken cancellationToken)
    {
        shipment.Show("verifying");
        for (int chunk = 0; chunk < Version.ChunkCount; chunk++)
        {
            byte[] wanted = await source.ChunkHashAsync(chunk, cancellationToken).ConfigureAwait(false);
            var range = new RemoteRange(file, chunk * Version.ChunkSizeInBytes, Version.LengthOfChunk(chunk), Version.ChunkCount == 1);
            RangeHash found = await tools.HashAsync(range, cancellationToken).ConfigureAwait(false);
            if (found.Sha256 is null || !found.Sha256.AsSpan().SequenceEqual(wanted))
            {
                return false;
            }
        }

        return true;
    }
}
