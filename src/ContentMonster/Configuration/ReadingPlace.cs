namespace ContentMonster.Configuration;

/// <summary>Where the settings are read: what relative paths are relative to.</summary>
/// <param name="Folder">The settings file's folder, full.</param>
/// <param name="Home">The home directory of who reads; null where there is none.</param>
/// <param name="Credentials">What systemd's LoadCredential hands over ($CREDENTIALS_DIRECTORY); null where it does not.</param>
internal sealed record ReadingPlace(string Folder, string? Home, string? Credentials)
{
    public SecretReading Secrets { get; init; }

    /// <summary>Whether a file is root's, or the process's user's, and its group the process's own: the group may read it then. It throws nothing.</summary>
    public Func<string, bool> IsOfOwnGroup { get; init; } = static _ => false;

    public static ReadingPlace Of(string settingsPath) => new(
        Path.GetDirectoryName(Path.GetFullPath(settingsPath)) ?? Path.GetPathRoot(Path.GetFullPath(settingsPath))!,
        NotEmpty(Environment.GetEnvironmentVariable("HOME")),
        NotEmpty(Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY")));

    private static string? NotEmpty(string? path) => Path.IsPathFullyQualified(path ?? "") ? path : null;
}
