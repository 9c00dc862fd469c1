namespace ContentMonster.Configuration;

/// <summary>What only shows when all sections are known. A value that was an error in its own place is empty here and left out.</summary>
internal sealed class CrossChecks(ProblemList problems, Dictionary<(string Kind, string Name), int> lines)
{
    public void Look(Settings settings)
    {
        // With no vessel, "every vessel has it" would be true of every file, and with no directory nothing would ever be sent.
        if (settings.Directories.Count == 0)
        {
            problems.Error(0, null, null, "There is no directory to send. Add a section [Directory NAME] with a Location.");
        }

        if (settings.Vessels.Count == 0)
        {
            problems.Error(0, null, null, "There is no vessel to send to. Add a section [Vessel NAME] with an Address.");
        }

        DirectorySettings[] placed = [.. settings.Directories.Where(directory => directory.Location.Length > 0)];
        for (int i = 0; i < placed.Length && !problems.Full; i++)
        {
            for (int j = 0; j < i; j++)
            {
                LookAtPair(placed[j], placed[i]);
            }
        }

        foreach (VesselSettings vessel in settings.Vessels)
        {
            LookAtVessel(vessel, settings);
        }

        foreach (DirectorySettings directory in settings.Directories.Where(directory => settings.Vessels.Count > 0 && !settings.TakersOf(directory).Any()))
        {
            problems.Warn(LineOf(directory), "Directory " + directory.Name, null, "Every vessel ignores this directory, so none of its files is sent or moved. Take it out of an IgnoreDirs, or remove it.");
        }
    }

    private void LookAtPair(DirectorySettings one, DirectorySettings other)
    {
        bool below = PathRules.IsAtOrAbove(one.Location, other.Location);
        if (!below && !PathRules.IsAtOrAbove(other.Location, one.Location))
        {
            return;
        }

        string how = one.Location == other.Location ? "the same as" : below ? "inside" : "above";
        problems.Error(LineOf(other), "Directory " + other.Name, "Location", $"\"{other.Location}\" is {how} the Location \"{one.Location}\" of [Directory {one.Name}], so files would be sent twice. Use one directory, or two that lie apart.");
    }

    private void LookAtVessel(VesselSettings vessel, Settings settings)
    {
        string[] names = [.. settings.Directories.Select(directory => directory.Name)];
        foreach (string ignored in vessel.IgnoreDirs.Where(name => !names.Contains(name, StringComparer.Ordinal)))
        {
            string advice = NearestName.Of(ignored, names) is { } nearest ? $" Did you mean \"{nearest}\"?" : "";
            problems.Warn(LineOf(vessel), "Vessel " + vessel.Name, "IgnoreDirs", $"There is no [Directory {ignored}].{advice}");
        }

        DirectorySettings[] taken = [.. settings.Directories.Where(directory => directory.RemoteLocation.Length > 0 && !vessel.IgnoreDirs.Contains(directory.Name, StringComparer.Ordinal))];
        foreach (DirectorySettings directory in taken.Where(directory => vessel.TempDir is { } temporary && PathRules.IsAtOrAbove(temporary, directory.RemoteLocation)))
        {
            problems.Error(LineOf(vessel), "Vessel " + vessel.Name, "TempDir", $"\"{vessel.TempDir}\" is, or lies above, the destination \"{directory.RemoteLocation}\" of [Directory {directory.Name}]. Unfinished files need a place of their own: choose another, or remove the line.");
        }

        foreach (IGrouping<string, DirectorySettings> shared in taken.GroupBy(directory => directory.RemoteLocation, StringComparer.Ordinal).Where(group => group.Skip(1).Any()))
        {
            problems.Warn(LineOf(vessel), "Vessel " + vessel.Name, null, $"The directories {string.Join(", ", shared.Select(directory => directory.Name))} go to the same place \"{shared.Key}\": files of the same name replace each other there.");
        }

        foreach ((DirectorySettings upper, DirectorySettings lower) in taken.SelectMany(_ => taken, static (upper, lower) => (upper, lower)).Where(IsNested).TakeWhile(_ => !problems.Full))
        {
            problems.Warn(LineOf(vessel), "Vessel " + vessel.Name, null, $"Files of {lower.Name} go to \"{lower.RemoteLocation}\", which lies below the place \"{upper.RemoteLocation}\" of {upper.Name}: files of one path replace each other there. Let them lie apart.");
        }
    }

    private static bool IsNested((DirectorySettings Upper, DirectorySettings Lower) pair) =>
        pair.Upper.Recursive != false && pair.Upper.RemoteLocation != pair.Lower.RemoteLocation && PathRules.IsAtOrAbove(pair.Upper.RemoteLocation, pair.Lower.RemoteLocation);

    private int LineOf(DirectorySettings directory) => lines.GetValueOrDefault(("Directory", directory.Name));

    private int LineOf(VesselSettings vessel) => lines.GetValueOrDefault(("Vessel", vessel.Name));
}
