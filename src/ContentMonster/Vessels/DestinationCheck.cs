using System.Globalization;
using System.Security.Cryptography;
using ContentMonster.Diagnostics;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>
/// Tries the places on the vessel that files go to, in the way that a delivery would: unfinished files of our naming are made and removed.
/// Directories that had to be made for it are removed again.
/// </summary>
internal sealed class DestinationCheck(SshLane lane, RemoteDirectories directories, string vessel, Action<VesselFinding> tell)
{
    private const long LittleSpaceInBytes = 1L << 30;
    private const long FewFiles = 1000;
    private const int ProbeBytes = 4096;
    private static readonly BytePath ProbeName = BytePath.FromText("contentmonster-check");
    private readonly List<BytePath> _missing = []; // parents before what is below them

    /// <summary>Remembers which directories on the way to a place are missing; to be asked before anything is made.</summary>
    public async Task NoteMissingAsync(BytePath directory, CancellationToken cancellationToken)
    {
        var missing = new Stack<BytePath>();
        for (BytePath at = directory; !at.IsEmpty && at.Parent != at; at = at.Parent)
        {
            if (await lane.Client.StatAsync(at.Bytes, cancellationToken).ConfigureAwait(false) is not null)
            {
                break;
            }

            missing.Push(at);
        }

        _missing.AddRange([.. missing.Except(_missing)]);
    }

    public async Task RemoveMadeAsync(CancellationToken cancellationToken)
    {
        foreach (BytePath made in Enumerable.Reverse(_missing))
        {
            try
            {
                await lane.Client.RemoveDirectoryAsync(made.Bytes, cancellationToken).ConfigureAwait(false);
            }
            catch (SftpStatusException)
            {
                // Never made, or a delivery came in the meantime and has put something into it.
            }
        }
    }

    /// <summary>Whether files can be written there.</summary>
    public async Task<bool> CheckAsync(BytePath directory, CancellationToken cancellationToken)
    {
        string shown = Shown(directory);
        try
        {
            await lane.TranslateAsync($"write to {shown}", async () =>
            {
                await RefuseUnlessDirectoryAsync(directory, cancellationToken).ConfigureAwait(false);
                return await WithProbeAsync(PartIn(directory), static (_, _) => Task.FromResult(true), cancellationToken).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
        catch (VesselException failure) when (!failure.IsOfTheLink)
        {
            tell(Failed("destination", failure, vessel));
            return false;
        }

        tell(new("destination", FindingGrade.Good, _missing.Contains(directory) ? $"{shown} is missing and can be made; writable" : $"{shown} is there and writable"));
        await TellSpaceAsync(directory, shown, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Whether a file can be renamed from TempDir into a destination, or has to be copied on the vessel.</summary>
    public async Task CheckRenameAsync(BytePath tempFolder, BytePath directory, CancellationToken cancellationToken)
    {
        BytePath source = PartName.InTempDir(tempFolder, PartName.NewId());
        BytePath target = PartIn(directory);
        bool renamed = await lane.TranslateAsync($"rename {source} to {target}", () => WithProbeAsync(source, async (_, token) =>
        {
            try
            {
                await directories.MakeAsync(lane.Client, directory, token).ConfigureAwait(false);
                await lane.Client.RenameAsync(source.Bytes, target.Bytes, token).ConfigureAwait(false);
                await lane.Client.RemoveAsync(target.Bytes, token).ConfigureAwait(false);
                return true;
            }
            catch (SftpStatusException)
            {
                return false;
            }
        }, cancellationToken)).ConfigureAwait(false);
        tell(renamed
            ? new("TempDir", FindingGrade.Good, $"files can be renamed from it to {Shown(directory)}")
            : new("TempDir", FindingGrade.Doubtful, $"it lies on another file system than {Shown(directory)}: each file is copied on the vessel when it is whole, which takes twice the space and the writing. Leave TempDir unset, or set it to a place on the same file system."));
    }

    /// <summary>Sends random data for a moment.</summary>
    public Task<RateSample> MeasureRateAsync(BytePath directory, long? limit, TimeProvider time, CancellationToken cancellationToken) => lane.TranslateAsync(
        "measure the rate",
        () => WithProbeAsync(PartIn(directory), (handle, token) => RateProbe.MeasureAsync(lane.Client, handle, limit, time, token), cancellationToken));

    public static string Shown(BytePath directory) => directory.IsEmpty ? "the login directory" : directory.ToString();

    public static VesselFinding Failed(string what, VesselException failure, string vessel) => new(
        what,
        FindingGrade.Bad,
        failure.Message + " " + failure.Kind switch
        {
            FailureKind.Refused => "Look into the vessel's log for the reason.",
            FailureKind.PartMissing => "Make the directory on the vessel by hand, or correct the path.",
            _ => Advice.For(failure.Kind, vessel),
        });

    private static BytePath PartIn(BytePath directory) => PartName.Sibling(directory.Join(ProbeName), PartName.NewId());

    private async Task RefuseUnlessDirectoryAsync(BytePath directory, CancellationToken cancellationToken)
    {
        if (!directory.IsEmpty && await lane.Client.StatAsync(directory.Bytes, cancellationToken).ConfigureAwait(false) is { Type: not SftpFileType.Directory } other)
        {
            throw new VesselException(FailureKind.DestinationRefused, $"Could not write to {directory} on {vessel}, because it is no directory but {other.Type}.");
        }
    }

    private async Task<T> WithProbeAsync<T>(BytePath file, Func<SftpHandle, CancellationToken, Task<T>> use, CancellationToken cancellationToken)
    {
        SftpHandle handle = await lane.CreateAsync(file).ConfigureAwait(false);
        try
        {
            // A few bytes: an empty file can be made on a disk that is full.
            await lane.Client.WriteAsync(handle, 0, RandomNumberGenerator.GetBytes(ProbeBytes), cancellationToken).ConfigureAwait(false);
            return await use(handle, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (lane.Client.Broken is null)
            {
                await lane.Client.CloseAsync(handle, CancellationToken.None).ConfigureAwait(false);
                await RemoveAsync(file).ConfigureAwait(false);
            }
        }
    }

    // Not cancelled: what was made is removed as long as the session lives.
    private async Task RemoveAsync(BytePath file)
    {
        try
        {
            await lane.Client.RemoveAsync(file.Bytes, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SftpStatusException gone) when (gone.Status == SftpStatus.NoSuchFile)
        {
            // Renamed in the meantime, as was wanted.
        }
    }

    private async Task TellSpaceAsync(BytePath directory, string shown, CancellationToken cancellationToken)
    {
        SftpSpace? space;
        try
        {
            space = await lane.Client.SpaceAsync(directory.IsEmpty ? "."u8.ToArray() : directory.Bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpStatusException)
        {
            space = null;
        }

        tell(space is null
            ? new("free space", FindingGrade.Doubtful, $"not known at {shown}: the server does not tell. A full disk shows only when a write fails.")
            : Judge(space, shown));
    }

    private static VesselFinding Judge(SftpSpace space, string shown)
    {
        string files = space.AvailableFiles == long.MaxValue ? "no limit of files" : string.Create(CultureInfo.InvariantCulture, $"{space.AvailableFiles} files");
        string free = $"{SizeText.Of(space.AvailableBytes)} of {SizeText.Of(space.TotalBytes)} and {files} at {shown}";
        bool little = space.AvailableBytes < LittleSpaceInBytes || space.AvailableFiles < FewFiles;
        return new("free space", little ? FindingGrade.Doubtful : FindingGrade.Good, little ? $"only {free}. Free space on the vessel before it stops." : free);
    }
}
