namespace ContentMonster.Configuration;

/// <summary>Reads settings.ini: all of it, with every error at once.</summary>
public static class SettingsReader
{
    /// <summary>No settings file is as long; somebody named the wrong file.</summary>
    private const int LargestInBytes = 1 << 20;

    public static SettingsResult Read(string path) => Read(path, ReadingPlace.Of(path));

    /// <summary>Reads content that came from <paramref name="path"/>, or would have.</summary>
    public static SettingsResult Parse(byte[] content, string path) => Parse(content, path, ReadingPlace.Of(path), mode: null);

    internal static SettingsResult Read(string path, ReadingPlace place)
    {
        string why;
        try
        {
            switch (PatientFile.Read(path, LargestInBytes + 1))
            {
                case ({ Length: <= LargestInBytes } content, var mode):
                    return Parse(content, path, place, mode);
                case null:
                    why = $"{PatientFile.Silence}. Name a file with --config";
                    break;
                default:
                    why = "it is larger than 1 MiB, so it is hardly a settings file. Name another with --config";
                    break;
            }
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            why = trouble switch
            {
                FileNotFoundException or DirectoryNotFoundException => "it does not exist. Name another with --config, or copy settings.example.ini there",
                UnauthorizedAccessException => "permission was denied, or it is a directory. Let this user read it, or name another with --config",
                _ => $"the system said \"{trouble.Message}\"",
            };
        }

        return new(null, [new(path, 0, null, null, $"Could not read the settings, because {why}.")], []);
    }

    internal static SettingsResult Parse(byte[] content, string path, ReadingPlace place, UnixFileMode? mode)
    {
        var problems = new ProblemList(path);
        Settings? settings = null;
        if (SettingsText.Decode(content, problems) is { } text)
        {
            IReadOnlyList<IniSection> sections = new IniReader(problems).Read(text);
            settings = new SettingsAssembly(problems, place, Path.GetFullPath(path), mode).Assemble(sections);
        }

        return new(problems.AnyErrors ? null : settings, problems.Errors, problems.Warnings);
    }
}
