namespace ContentMonster.Configuration;

/// <summary>Puts the entries of a section into its record, key by key, and tells of every one that cannot be.</summary>
internal sealed class SectionReader(ProblemList problems, ReadingPlace place)
{
    /// <summary>All keys by the section they belong in.</summary>
    public static IReadOnlyList<(string Section, IReadOnlyList<KnownKey> Keys)> AllKeys { get; } =
    [
        ("MONSTER", [.. MonsterKeys.All]),
        ("Directory", [.. DirectoryKeys.All]),
        ("Vessel", [.. VesselKeys.All]),
    ];

    public T Read<T>(T record, IniSection section, IReadOnlyList<KnownKey<T>> keys)
    {
        var lines = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        var tried = new HashSet<string>(StringComparer.Ordinal);
        foreach (IniEntry entry in section.Entries)
        {
            if (keys.FirstOrDefault(key => key.Name.Equals(entry.Key, StringComparison.OrdinalIgnoreCase)) is not { } key)
            {
                problems.Error(entry.Line, section.Header, entry.Key, Unknown(entry.Key, keys));
                continue;
            }

            if (!lines.TryAdd(key.Name, entry.Line))
            {
                problems.Error(entry.Line, section.Header, key.Name, $"The key stands here a second time; the first is in line {lines[key.Name]}. Remove one of the two.");
                continue;
            }

            if (key.Name != entry.Key)
            {
                problems.Warn(entry.Line, section.Header, key.Name, $"The key is written \"{entry.Key}\" here. It counts; write it \"{key.Name}\".");
            }

            record = Apply(record, section, entry, key, tried);
        }

        foreach (KnownKey<T> key in keys.Where(key => key.Default == KnownKey.Required && !tried.Contains(key.Name) && !section.Spoilt.Contains(key.Name, StringComparer.OrdinalIgnoreCase)))
        {
            problems.Error(section.Line, section.Header, key.Name, "The section needs this key, and it is missing or empty.");
        }

        return record;
    }

    private T Apply<T>(T record, IniSection section, IniEntry entry, KnownKey<T> key, HashSet<string> tried)
    {
        void Warn(string message) => problems.Warn(entry.Line, section.Header, key.Name, message);

        try
        {
            if (Take(entry, key.Kind, Warn) is { } value)
            {
                tried.Add(key.Name);
                return key.Apply(record, value);
            }

            if (key.Name == nameof(DirectorySettings.ProcessedDir))
            {
                throw new BadValueException("The name is missing. Write a name such as processed, or remove the line.");
            }

            if (key is { Kind: not KeyKind.List, Default: not KnownKey.Required })
            {
                Warn("The value is empty, so the default counts. Remove the line, or give it a value.");
            }
        }
        catch (BadValueException bad)
        {
            tried.Add(key.Name);
            problems.Error(entry.Line, section.Header, key.Name, bad.Message);
        }

        return record;
    }

    /// <summary>Null where the value is empty.</summary>
    private KeyValue? Take(IniEntry entry, KeyKind kind, Action<string> warn)
    {
        if (kind == KeyKind.List)
        {
            IReadOnlyList<string> items = IniList.Items(entry.Lines, warn);
            return items.Count > 0 ? new("", items, place, warn) : null;
        }

        string text = kind == KeyKind.Secret ? IniValue.Secret(entry.Lines, warn) : IniValue.Single(entry.Lines, warn);
        return text.Length > 0 ? new(text, [], place, warn) : null;
    }

    private static string Unknown<T>(string written, IReadOnlyList<KnownKey<T>> keys)
    {
        foreach ((string section, IReadOnlyList<KnownKey> others) in AllKeys)
        {
            if (others.FirstOrDefault(key => key.Name.Equals(written, StringComparison.OrdinalIgnoreCase)) is { } elsewhere)
            {
                return section == "MONSTER" ? $"{elsewhere.Name} belongs in [MONSTER]." : $"{elsewhere.Name} belongs in [{section} NAME].";
            }
        }

        return $"There is no such key. {NearestName.Advice(written, [.. keys.Select(key => key.Name)])}";
    }
}
