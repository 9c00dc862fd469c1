using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>
/// Makes this shore's folder in TempDir and refuses one that somebody else prepared: whoever plants /tmp/.ContentMonster first must gain
/// nothing. TempDir itself must be ours or root's, and if others may write there, sticky; our folder in it must be a directory, not a link,
/// ours, and writable by nobody else.
/// </summary>
internal static class TempDirGuard
{
    private const int OwnerOnly = 0x1C0; // 0700
    private const int OthersMayWrite = 0x12; // 0022
    private const int Sticky = 0x200; // 01000

    public static async Task PrepareAsync(SftpClient client, string vessel, BytePath tempDir, BytePath folder, int? userId, CancellationToken cancellationToken)
    {
        SftpAttributes above = await LookOrMakeAsync(client, tempDir, cancellationToken).ConfigureAwait(false);
        bool foreign = userId is int we && above.UserId is int owner && owner != we && owner != 0;
        if (above.Type != SftpFileType.Directory || foreign || ((above.Mode & OthersMayWrite) != 0 && (above.Mode & Sticky) == 0))
        {
            throw Unsafe(vessel, tempDir, above);
        }

        SftpAttributes ours = await LookOrMakeAsync(client, folder, cancellationToken).ConfigureAwait(false);
        bool notOurs = userId is int us && ours.UserId is int its && its != us;
        if (ours.Type != SftpFileType.Directory || notOurs || (ours.Mode & OthersMayWrite) != 0)
        {
            throw Unsafe(vessel, folder, ours);
        }
    }

    private static async Task<SftpAttributes> LookOrMakeAsync(SftpClient client, BytePath directory, CancellationToken cancellationToken)
    {
        if (await client.LinkStatAsync(directory.Bytes, cancellationToken).ConfigureAwait(false) is { } there)
        {
            return there;
        }

        try
        {
            await client.MakeDirectoryAsync(directory.Bytes, OwnerOnly, cancellationToken).ConfigureAwait(false);

            // Said explicitly: the server's umask has its say in mkdir.
            await client.SetStatAsync(directory.Bytes, new SftpAttributes { Mode = OwnerOnly }, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpStatusException exception) when (exception.Status == SftpStatus.Failure)
        {
            // Somebody was faster: what stands there now is looked at like any other.
        }

        return await client.LinkStatAsync(directory.Bytes, cancellationToken).ConfigureAwait(false) ?? new SftpAttributes();
    }

    private static VesselException Unsafe(string vessel, BytePath path, SftpAttributes found)
    {
        string what = found.Type != SftpFileType.Directory ? $"is no directory but {found.Type}" : $"belongs to user {found.UserId} with mode {Convert.ToString((found.Mode ?? 0) & 0xFFF, 8)}";
        return new VesselException(FailureKind.TempDirUnsafe, $"Could not use TempDir on {vessel}, because {path} {what}: others could swap what lies there.");
    }
}
