using ContentMonster.Configuration;
using ContentMonster.Shore;

namespace ContentMonster.Daemon.Hosting;

/// <summary>What on the shore decides whether a vessel lets us in.</summary>
internal static class LoginFiles
{
    /// <summary>Whether any of it was written, or put in its place, after <paramref name="moment"/>: then a login that was refused may go.</summary>
    /// <param name="settings">Its file counts, too.</param>
    /// <param name="knownHosts">Where the vessel's host key is pinned; null where that did not matter.</param>
    public static bool AnyNewerThan(DateTimeOffset moment, Settings settings, VesselSettings vessel, string? knownHosts) =>
        new[] { settings.Path, vessel.PasswordFile, vessel.IdentityFile, knownHosts }.OfType<string>().Concat(OptionFiles.Of(vessel).Select(static one => one.File))
            .Any(file => Written(file) > moment);

    // What is not there, or may not be looked at, was never written.
    private static DateTimeOffset Written(string file)
    {
        try
        {
            // Secrets are often links, which stay as they are when what they lead to is replaced.
            FileSystemInfo target = File.ResolveLinkTarget(file, returnFinalTarget: true) ?? new FileInfo(file);
            DateTimeOffset written = new(new[] { File.GetLastWriteTimeUtc(file), target.LastWriteTimeUtc }.Max());

            // What is put back by `mv` or `cp -p` keeps the time at which it was written.
            return ShoreAccess.Changed(file) is { } changed && changed > written ? changed : written;
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return DateTimeOffset.MinValue;
        }
    }
}
