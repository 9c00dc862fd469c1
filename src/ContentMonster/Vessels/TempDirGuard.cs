using System.Globalization;
using System.Text;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>
/// Makes this shore's folder in TempDir and refuses one that somebody else prepared: whoever plants /tmp/.ContentMonster first must gain
/// nothing. TempDir itself must be ours or root's, and if others may write there, sticky; our folder in it must be a directory, not a link,
/// ours, and writable by nobody else.
/// </summary>
/// <param name="vessel">Its name in the settings.</param>
/// <param name="folder">This shore's folder; the one above it is TempDir.</param>
internal sealed class TempDirGuard(string vessel, BytePath folder)
{
    private const int OwnerOnly = 0x1C0; // 0700
    private const int OthersMayWrite = 0x12; // 0022
    private const int Sticky = 0x200; // 01000
    private const int MostLooks = 3;
    private const int MostWords = 500; // of what a shell says against it
    private const string Made = "MADE"; // what the script says when it has made the folder
    private const string Blind = "BLIND"; // what it says where it cannot look, or cannot make a directory

    private readonly BytePath _tempDir = folder.Parent;

    public BytePath Folder => folder;

    /// <summary>Our user id on the vessel, once known; null: the server does not tell.</summary>
    public int? UserId { get; set; }

    /// <summary>Runs a script on the vessel and gives its output; null: no shell there, or none that sees what SFTP sees.</summary>
    public Func<byte[], CancellationToken, Task<byte[]>>? RunScript { get; set; }

    /// <summary>Looks whether all is safe, and makes what is missing.</summary>
    public async Task PrepareAsync(SftpClient client, CancellationToken cancellationToken)
    {
        IOException? refusal = null;
        for (int look = 0; look < MostLooks; look++)
        {
            SftpAttributes? above = await client.LinkStatAsync(_tempDir.Bytes, cancellationToken).ConfigureAwait(false);
            if (above is null)
            {
                refusal = await MakeAboveAsync(client, cancellationToken).ConfigureAwait(false);
                above = await client.LinkStatAsync(_tempDir.Bytes, cancellationToken).ConfigureAwait(false);
                if (above is null)
                {
                    continue;
                }
            }

            ThrowIfUnsafeAbove(above);
            SftpAttributes? ours = await client.LinkStatAsync(folder.Bytes, cancellationToken).ConfigureAwait(false);
            if (ours is null)
            {
                refusal = await MakeFolderAsync(client, cancellationToken).ConfigureAwait(false);
                ours = await client.LinkStatAsync(folder.Bytes, cancellationToken).ConfigureAwait(false);
            }

            if (ours is not null)
            {
                ThrowIfNotOurs(ours);
                return;
            }
        }

        throw refusal ?? new VesselException(FailureKind.TempDirUnsafe, $"Could not use TempDir on {vessel}, because {folder} is not there when it has just been made: something on the vessel removes it, or its shell sees another directory of that name than SFTP.");
    }

    /// <summary>
    /// Looks once more, by requests that are on their way when this returns: sent behind an open, they tell whether that was in our folder.
    /// </summary>
    /// <exception cref="VesselException">TempDirUnsafe; or PartMissing: it is gone.</exception>
    public async Task ConfirmAsync(SftpClient client)
    {
        Task<SftpAttributes?> above = client.LinkStatAsync(_tempDir.Bytes, CancellationToken.None);
        Task<SftpAttributes?> ours = client.LinkStatAsync(folder.Bytes, CancellationToken.None);
        await Task.WhenAll(above, ours).ConfigureAwait(false);
        ThrowIfUnsafeAbove(await above.ConfigureAwait(false) ?? throw Gone());
        ThrowIfNotOurs(await ours.ConfigureAwait(false) ?? throw Gone());
    }

    private VesselException Gone() => new(FailureKind.PartMissing, $"Could not use {folder} on {vessel}, because it is gone since it was looked at.");

    private void ThrowIfUnsafeAbove(SftpAttributes above)
    {
        bool others = UserId is int we && above.UserId is int owner && owner != we && owner != 0;
        if (above.Type != SftpFileType.Directory || others || ((above.Mode & OthersMayWrite) != 0 && (above.Mode & Sticky) == 0))
        {
            throw Unsafe(_tempDir, above);
        }
    }

    private void ThrowIfNotOurs(SftpAttributes there)
    {
        bool others = UserId is int us && there.UserId is int its && its != us;
        if (there.Type != SftpFileType.Directory || others || (there.Mode & OthersMayWrite) != 0)
        {
            throw Unsafe(folder, there);
        }
    }

    private async Task<IOException?> MakeAboveAsync(SftpClient client, CancellationToken cancellationToken)
    {
        IOException? refusal = await MakeAsync(client, _tempDir, cancellationToken).ConfigureAwait(false);
        return refusal is SftpStatusException { Status: SftpStatus.NoSuchFile }
            ? throw new VesselException(FailureKind.Unsupported, $"Could not use TempDir on {vessel}, because the directory above {_tempDir} is missing there: make it, or set another TempDir.", refusal)
            : refusal;
    }

    // What is said against it, else null. Whether it is there is to be looked at in any case: TempDir may be gone, or no longer what it was.
    private async Task<IOException?> MakeFolderAsync(SftpClient client, CancellationToken cancellationToken)
    {
        string said = RunScript is { } run ? Words(await run(MakeScript(), cancellationToken).ConfigureAwait(false)) : Blind;
        if (said == Made || said.Contains("File exists", StringComparison.Ordinal))
        {
            return null;
        }

        if (said is not (Blind or ""))
        {
            return new VesselException(VesselFault.KindOf(said) ?? FailureKind.TempDirUnsafe, $"Could not use TempDir on {vessel}, because {folder} cannot be made there: {said}");
        }

        // By its path: where that has become a link meanwhile it was made at the other end, and has to go again.
        IOException? refusal = await MakeAsync(client, folder, cancellationToken).ConfigureAwait(false);
        if (refusal is null)
        {
            SftpAttributes? above = await client.LinkStatAsync(_tempDir.Bytes, cancellationToken).ConfigureAwait(false);
            try
            {
                ThrowIfUnsafeAbove(above ?? throw Gone());
            }
            catch (VesselException)
            {
                await RemoveEmptyAsync(client, cancellationToken).ConfigureAwait(false);
                throw;
            }
        }

        return refusal;
    }

    private static string Words(byte[] output) => DisplayText.Escape(output.AsSpan(0, Math.Min(output.Length, MostWords)).Trim("\n"u8));

    // The shell stands in TempDir when it looks at it and makes the folder: a name that is swapped meanwhile changes nothing. Ours is whoever owns what SFTP
    // makes, where that is known: on some file systems the shell's id is another.
    private byte[] MakeScript() =>
    [
        .. "cd "u8, .. HashScript.Word(_tempDir), .. " 2>&1 || exit 0\nus="u8,
        .. Encoding.ASCII.GetBytes(UserId?.ToString(CultureInfo.InvariantCulture) ?? "$(id -u 2>/dev/null)"),
        .. """

           set -- $(ls -ldn . 2>/dev/null)
           case $3:$us in :* | *:) echo BLIND; exit 0 ;; esac
           case $3 in 0 | "$us") ;; *) echo "TempDir is not ours: $*"; exit 0 ;; esac
           case $1 in
           d????w* | d???????w*) case $1 in d????????[tT]*) ;; *) echo "others may write to TempDir: $*"; exit 0 ;; esac ;;
           d*) ;;
           *) echo BLIND; exit 0 ;;
           esac

           """u8,
        .. "folder="u8, .. HashScript.Word(folder.Name),
        .. """

           said=$(LC_ALL=C mkdir -m 700 "$folder" 2>&1) && { echo MADE; exit 0; }
           said=$(umask 077; LC_ALL=C mkdir "$folder" 2>&1) && { echo MADE; exit 0; }
           case $? in 126 | 127) said= ;; esac
           printf '%s\n' "${said:-BLIND}"

           """u8,
    ];

    // Null: it was made by this call. What somebody faster has put there is looked at like any other.
    private static async Task<SftpStatusException?> MakeAsync(SftpClient client, BytePath directory, CancellationToken cancellationToken)
    {
        try
        {
            await client.MakeDirectoryAsync(directory.Bytes, OwnerOnly, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpStatusException refused) when (refused.Status is SftpStatus.Failure or SftpStatus.NoSuchFile)
        {
            return refused;
        }

        if (await client.LinkStatAsync(directory.Bytes, cancellationToken).ConfigureAwait(false) is { Type: SftpFileType.Directory } made && (made.Mode & OwnerOnly) != OwnerOnly)
        {
            // A server's umask that takes from its owner, too. Only then: a link put there meanwhile would be followed.
            await client.SetStatAsync(directory.Bytes, new SftpAttributes { Mode = OwnerOnly }, cancellationToken).ConfigureAwait(false);
        }

        return null;
    }

    private async Task RemoveEmptyAsync(SftpClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.RemoveDirectoryAsync(folder.Bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpStatusException)
        {
            // Taken away once more: it is empty wherever it is.
        }
    }

    private VesselException Unsafe(BytePath path, SftpAttributes found)
    {
        string what = found.Type != SftpFileType.Directory ? $"is no directory but {found.Type}" : $"belongs to user {found.UserId} with mode {Convert.ToString((found.Mode ?? 0) & 0xFFF, 8)}";
        return new VesselException(FailureKind.TempDirUnsafe, $"Could not use TempDir on {vessel}, because {path} {what}: others could swap what lies there.");
    }
}
