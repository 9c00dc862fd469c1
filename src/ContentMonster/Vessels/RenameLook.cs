using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>A look behind a rename, in the same round trip: whether what the server says is done has been done.</summary>
internal static class RenameLook
{
    /// <summary>Throws what the rename throws, or where the part is still there, or something else than was sent at the destination. Nothing there is fine: the vessel's own programs may take a file away at once.</summary>
    /// <param name="client">Over which it goes.</param>
    /// <param name="vessel">Its name in the settings.</param>
    /// <param name="request">What is published.</param>
    /// <param name="renaming">Sent just now.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task SeenAsync(SftpClient client, string vessel, PublishRequest request, Task renaming, CancellationToken cancellationToken)
    {
        Task<SftpAttributes?> looking = client.LinkStatAsync(request.Destination.Bytes, cancellationToken);
        Task<SftpAttributes?> lookingForPart = client.LinkStatAsync(request.Part.Bytes, cancellationToken);
        await Task.WhenAll(renaming, looking, lookingForPart).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await renaming.ConfigureAwait(false);
        if (await SeenAsync(lookingForPart).ConfigureAwait(false) is not null)
        {
            throw new VesselException(
                FailureKind.Refused, $"Could not publish {request.Destination} on {vessel}, because its server says that {request.Part} was renamed, and it is there as before.");
        }

        if (await SeenAsync(looking).ConfigureAwait(false) is { } there && (there.Type != SftpFileType.Regular || (there.SizeInBytes ?? request.SizeInBytes) != request.SizeInBytes))
        {
            throw new VesselException(
                FailureKind.DataCorrupt,
                $"Could not publish {request.Destination} on {vessel}, because after the rename there is {RemoteKinds.Of(there.Type).InWords()} of {there.SizeInBytes} bytes where {request.SizeInBytes} were sent.");
        }
    }

    // A look that is refused tells nothing.
    private static async Task<SftpAttributes?> SeenAsync(Task<SftpAttributes?> looking)
    {
        try
        {
            return await looking.ConfigureAwait(false);
        }
        catch (SftpStatusException)
        {
            return null;
        }
    }
}
