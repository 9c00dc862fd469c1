namespace ContentMonster.Configuration;

/// <summary>Makes settings of sections: which is which, each one's keys, then what only shows when all are known.</summary>
internal sealed class SettingsAssembly(ProblemList problems, ReadingPlace place, string fullPath, UnixFileMode? mode)
{
    private const int LongestName = 128;
    private static readonly string[] Kinds = ["MONSTER", "Directory", "Vessel"];

    private readonly SectionReader _reader = new(problems, place);
    private readonly List<DirectorySettings> _directories = [];
    private readonly List<VesselSettings> _vessels = [];

    /// <summary>Where each section stands that was seen first under its name.</summary>
    private readonly Dictionary<(string Kind, string Name), int> _lines = [];

    /// <summary>The settings as far as they go: of no use where there are errors.</summary>
    public Settings Assemble(IReadOnlyList<IniSection> sections)
    {
        var settings = new Settings { Path = fullPath };
        var secrets = new List<IniSection>();
        foreach (IniSection section in sections)
        {
            // A section that stands twice is read all the same: what is wrong in it is told now, not after the next attempt.
            switch (KindOf(section))
            {
                case "MONSTER" when Register("MONSTER", section):
                    settings = _reader.Read(settings, section, MonsterKeys.All);
                    break;
                case "MONSTER":
                    _reader.Read(settings, section, MonsterKeys.All);
                    break;
                case "Directory":
                    Keep(_directories, Directory(section), Register("Directory", section));
                    break;
                case "Vessel":
                    Keep(_vessels, Vessel(section), Register("Vessel", section));
                    secrets.Add(section);
                    break;
            }
        }

        settings = settings with { Directories = _directories, Vessels = [.. _vessels.Select(WithFirstWords)] };
        new SecretCheck(problems, place, fullPath, mode, settings.StrictModes).Look(secrets);
        new CrossChecks(problems, _lines).Look(settings);
        return settings;
    }

    private static void Keep<T>(List<T> kept, T one, bool first)
    {
        if (first)
        {
            kept.Add(one);
        }
    }

    private DirectorySettings Directory(IniSection section)
    {
        DirectorySettings directory = _reader.Read(new DirectorySettings { Name = section.Name, Location = "", RemoteLocation = "" }, section, DirectoryKeys.All);
        if (directory.RemoteLocation.Length == 0)
        {
            directory = directory with { RemoteLocation = directory.Location };
            if (directory.Location.Length > 0 && directory.Location[0] != '/')
            {
                problems.Error(section.Line, section.Header, "RemoteLocation", "The Location is no path that a vessel could have. Write where the files go on the vessels.");
            }
        }

        if (directory is { ProcessedRetention: not null, OnComplete: not OnComplete.Move })
        {
            problems.Warn(section.Line, section.Header, "ProcessedRetention", "It means nothing here, for with this OnComplete no file comes to ProcessedDir. Remove one of the two.");
        }

        return directory;
    }

    private VesselSettings Vessel(IniSection section)
    {
        if (Entry(section, "Password") is { } inline && Entry(section, "PasswordFile") is { } file)
        {
            problems.Error(Math.Max(inline.Line, file.Line), section.Header, "PasswordFile", "Password and PasswordFile are both given. Remove one of the two.");
        }

        return _reader.Read(new VesselSettings { Name = section.Name, Address = "" }, section, VesselKeys.All);
    }

    // The Python program took a directory's first word for its name: what it kept from a vessel is still kept from it.
    private VesselSettings WithFirstWords(VesselSettings vessel)
    {
        var meant = new List<string>();
        foreach (string ignored in vessel.IgnoreDirs.Where(name => !_directories.Exists(directory => directory.Name == name)))
        {
            string[] whole = [.. _directories.Select(directory => directory.Name).Where(name => name.StartsWith(ignored + " ", StringComparison.Ordinal))];
            if (whole.Length > 0)
            {
                problems.Warn(_lines.GetValueOrDefault(("Vessel", vessel.Name)), "Vessel " + vessel.Name, "IgnoreDirs", $"There is no [Directory {ignored}]; as with the Python program all that begin with this word are meant: {string.Join(", ", whole)}. Write their whole names.");
            }

            meant.AddRange(whole.Length > 0 ? whole : [ignored]);
        }

        return meant.Count == 0 ? vessel : vessel with { IgnoreDirs = [.. vessel.IgnoreDirs.Where(name => _directories.Exists(directory => directory.Name == name)).Concat(meant)] };
    }

    private static IniEntry? Entry(IniSection section, string key) =>
        section.Entries.Find(entry => entry.Key.Equals(key, StringComparison.OrdinalIgnoreCase));

    private string? KindOf(IniSection section)
    {
        if (Array.Find(Kinds, kind => kind.Equals(section.Kind, StringComparison.OrdinalIgnoreCase)) is not { } kind)
        {
            problems.Error(section.Line, section.Header, null, section.Kind == "DEFAULT"
                ? "Defaults for all sections are not supported. Write the keys into each section."
                : UnknownSection(section));
            return null;
        }

        if (kind != section.Kind)
        {
            problems.Warn(section.Line, section.Header, null, $"The section is written \"{section.Kind}\" here. It counts; write it \"{kind}\".");
        }

        return kind;
    }

    private static string UnknownSection(IniSection section)
    {
        string name = section.Name.Length > 0 ? section.Name : "NAME";
        return NearestName.Of(section.Kind, Kinds) switch
        {
            "MONSTER" => "There is no such section. Did you mean [MONSTER]?",
            { } nearest => $"There is no such section. Did you mean [{nearest} {name}]?",
            null => "There is no such section. Known are [MONSTER], [Directory NAME] and [Vessel NAME].",
        };
    }

    private bool Register(string kind, IniSection section)
    {
        if (kind == "MONSTER" && section.Name.Length > 0)
        {
            problems.Error(section.Line, section.Header, null, "This section has no name. Write [MONSTER].");
        }
        else if (kind != "MONSTER" && section.Name.Length is 0 or > LongestName)
        {
            problems.Error(section.Line, section.Header, null, section.Name.Length == 0
                ? $"The section needs a name of its own. Write [{kind} NAME]."
                : $"The section's name is longer than {LongestName} characters.");
            _lines.TryAdd((kind, section.Name), section.Line);
        }
        else if (section.Name is ['"' or '\'', ..])
        {
            problems.Error(section.Line, section.Header, null, "A section's name stands without quotation marks, also where it holds blanks.");
            _lines.TryAdd((kind, section.Name), section.Line);
        }
        else if (!_lines.TryAdd((kind, section.Name), section.Line))
        {
            problems.Error(section.Line, section.Header, null, $"The section stands here a second time; the first is in line {_lines[(kind, section.Name)]}. Give this one another name, or remove it.");
            return false;
        }

        return true;
    }
}
