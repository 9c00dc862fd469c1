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
        SftpAttributes above = await LookOrMakeAboveAsync(client, vessel, tempDir, cancellationToken).ConfigureAwait(false);
        if (!IsSafeAbove(above, userId))
        {
            throw Unsafe(vessel, tempDir, above);
        }

        (SftpAttributes ours, bool made) = await LookOrMakeAsync(client, folder, cancellationToken).ConfigureAwait(false);
        bool notOurs = userId is int us && ours.UserId is int its && its != us;
        if (ours.Type != SftpFileType.Directory || notOurs || (ours.Mode & OthersMayWrite) != 0)
        {
            throw Unsafe(vessel, folder, ours);
        }

        // Where it was missing TempDir may have been taken away meanwhile, and what stands there now be somebody else's: then it was made in his place.
        if (made && await client.LinkStatAsync(tempDir.Bytes, cancellationToken).ConfigureAwait(false) is { } now && !IsSafeAbove(now, userId))
        {
            await RemoveEmptyAsync(client, folder, cancellationToken).ConfigureAwait(false);
            throw Unsafe(vessel, tempDir, now);
        }
    }

    private static bool IsSafeAbove(SftpAttributes above, int? userId) => above.Type == SftpFileType.Directory
        && !(userId is int we && above.UserId is int owner && owner != we && owner != 0) && ((above.Mode & OthersMayWrite) == 0 || (above.Mode & Sticky) != 0);

    private static async Task<SftpAttributes> LookOrMakeAboveAsync(SftpClient client, string vessel, BytePath tempDir, CancellationToken cancellationToken)
    {
        try
        {
            return (await LookOrMakeAsync(client, tempDir, cancellationToken).ConfigureAwait(false)).There;
        }
        catch (SftpStatusException missing) when (missing.Status == SftpStatus.NoSuchFile)
        {
            throw new VesselException(FailureKind.Unsupported, $"Could not use TempDir on {vessel}, because the directory above {tempDir} is missing there: make it, or set another TempDir.", missing);
        }
    }

    private static async Task<(SftpAttributes There, bool Made)> LookOrMakeAsync(SftpClient client, BytePath directory, CancellationToken cancellationToken)
    {
        if (await client.LinkStatAsync(directory.Bytes, cancellationToken).ConfigureAwait(false) is { } there)
        {
            return (there, false);
        }

        bool made = false;
        try
        {
            await client.MakeDirectoryAsync(directory.Bytes, OwnerOnly, cancellationToken).ConfigureAwait(false);
            made = true;
        }
        catch (SftpStatusException exception) when (exception.Status == SftpStatus.Failure)
        {
            // Somebody was faster: what stands there now is looked at like any other.
        }

        SftpAttributes now = await client.LinkStatAsync(directory.Bytes, cancellationToken).ConfigureAwait(false) ?? new SftpAttributes();
        if (made && now.Type == SftpFileType.Directory && (now.Mode & OwnerOnly) != OwnerOnly)
        {
            // A server's umask that takes from its owner, too. Only then: a link put there meanwhile would be followed.
            await client.SetStatAsync(directory.Bytes, new SftpAttributes { Mode = OwnerOnly }, cancellationToken).ConfigureAwait(false);
        }

        return (now, made);
    }

    private static async Task RemoveEmptyAsync(SftpClient client, BytePath directory, CancellationToken cancellationToken)
    {
        try
        {
            await client.RemoveDirectoryAsync(directory.Bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpStatusException)
        {
            // Taken away once more: it is empty wherever it is.
        }
    }

    private static VesselException Unsafe(string vessel, BytePath path, SftpAttributes found)
    {
        string what = found.Type != SftpFileType.Directory ? $"is no directory but {found.Type}" : $"belongs to user {found.UserId} with mode {Convert.ToString((found.Mode ?? 0) & 0xFFF, 8)}";
        return new VesselException(FailureKind.TempDirUnsafe, $"Could not use TempDir on {vessel}, because {path} {what}: others could swap what lies there.");
    }
}
