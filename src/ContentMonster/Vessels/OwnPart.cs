using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>Opens an unfinished file of ours again.</summary>
internal static class OwnPart
{
    public const int Mode = 0x180; // 0600

    /// <summary>
    /// For writing. One that was made ready for its place has the source's mode by then, which may be read-only, and a break since means that it is written
    /// to once more: so the mode it began with is given back.
    /// </summary>
    public static async Task<SftpHandle> OpenAsync(SftpClient client, RemoteDirectories directories, BytePath part, CancellationToken cancellationToken)
    {
        try
        {
            return await directories.ConfirmedAsync(client, part, client.OpenAsync(part.Bytes, SftpOpenModes.Write, null, cancellationToken)).ConfigureAwait(false);
        }
        catch (SftpStatusException refused) when (refused.Status == SftpStatus.PermissionDenied)
        {
            if (await client.LinkStatAsync(part.Bytes, cancellationToken).ConfigureAwait(false) is not { Type: SftpFileType.Regular })
            {
                throw;
            }

            await directories.ConfirmAsync(client, part).ConfigureAwait(false);
            await client.SetStatAsync(part.Bytes, new SftpAttributes { Mode = Mode }, cancellationToken).ConfigureAwait(false);
            return await directories.ConfirmedAsync(client, part, client.OpenAsync(part.Bytes, SftpOpenModes.Write, null, cancellationToken)).ConfigureAwait(false);
        }
    }
}
