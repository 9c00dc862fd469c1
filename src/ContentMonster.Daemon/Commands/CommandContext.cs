using ContentMonster.Configuration;
using ContentMonster.Daemon.Hosting;

namespace ContentMonster.Daemon.Commands;

/// <summary>What every command is handed.</summary>
/// <param name="Rooms">The rooms that do the work.</param>
/// <param name="Screen">Where words go.</param>
/// <param name="Time">The clock.</param>
/// <param name="Environment">Environment variables by name.</param>
internal sealed record CommandContext(Rooms Rooms, Screen Screen, TimeProvider Time, Func<string, string?> Environment)
{
    private const string SystemSettings = "/etc/contentmonster/settings.ini";

    /// <summary>
    /// Reads the settings that <paramref name="config"/> names, or those at the usual places. Null after every error was printed: the
    /// command then ends with <see cref="ExitCode.Misused"/>. Most commands connect to no vessel, and need no secret.
    /// </summary>
    public SettingsRead? Load(string? config, SecretReading secrets = SecretReading.None)
    {
        string? path = config ?? Array.Find(["settings.ini", SystemSettings], File.Exists);
        if (path is null)
        {
            Screen.Error($"Could not find a settings file, because there is neither ./settings.ini nor {SystemSettings}. Write one (README.md shows how) or name it with --config FILE.");
            return null;
        }

        if (path.Length == 0)
        {
            Screen.Error("Could not read the settings, because the name after --config is empty. Name a file.");
            return null;
        }

        if (Directory.Exists(path))
        {
            Screen.Error($"Could not read {path}, because it is a directory. Name a file after --config.");
            return null;
        }

        if (!File.Exists(path))
        {
            Screen.Error($"Could not read {path}, because there is no such file. Check the name after --config.");
            return null;
        }

        SettingsRead read = Rooms.ReadSettings(Path.GetFullPath(path), secrets);
        if (read.Settings is not null && read.Errors.Count == 0)
        {
            return read;
        }

        foreach (string line in (IEnumerable<string>)[.. read.Warnings, .. read.Errors])
        {
            Screen.Error(line);
        }

        Screen.Error(read.Errors.Count == 1 ? "1 error in the settings; nothing was done." : $"{read.Errors.Count} errors in the settings; nothing was done.");
        return null;
    }

    public StatePlace PlaceOf(Settings settings) => StatePlace.Of(settings, Environment);
}
