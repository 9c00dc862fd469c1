namespace ContentMonster.Configuration;

/// <summary>The keys of [Directory NAME].</summary>
internal static class DirectoryKeys
{
    public static IReadOnlyList<KnownKey<DirectorySettings>> All { get; } =
    [
        new("Location", KnownKey.Required, (directory, value) => directory with { Location = PathRules.Location(value.Text) }),
        new("RemoteLocation", "the Location", (directory, value) => directory with { RemoteLocation = PathRules.OnVessel(value.Text) }),
        new("Recursive", "yes", (directory, value) => directory with { Recursive = value.YesOrNo() }),
        new("Include", "all files", (directory, value) => directory with { Include = Globs(value) }, KeyKind.List),
        new("Exclude", "no file", (directory, value) => directory with { Exclude = Globs(value) }, KeyKind.List),
        new("ProcessedDir", "processed", (directory, value) => directory with { ProcessedDir = PathRules.Below(value.Text) }),
        new("SettleTime", "1s", (directory, value) => directory with { SettleTime = value.Duration(TimeSpan.Zero, TimeSpan.FromDays(1), "0 to 1d") }),
        new("ScanInterval", "every 10m, 30s on a network file system", (directory, value) => directory with { ScanInterval = value.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(7), "1s to 7d"), NamesScanInterval = true }),
        new("Priority", "0", (directory, value) => directory with { Priority = value.Whole(-1000, 1000) }),
        new("OnComplete", "move", (directory, value) => directory with { OnComplete = value.OneOf(("move", OnComplete.Move), ("delete", OnComplete.Delete), ("keep", OnComplete.Keep)) }),
        new("ProcessedRetention", "keep", (directory, value) => directory with { ProcessedRetention = Retention(value) }),
    ];

    private static IReadOnlyList<string> Globs(KeyValue value)
    {
        foreach (string pattern in value.Items)
        {
            _ = Glob.Parse(pattern);
        }

        return value.Items;
    }

    private static TimeSpan? Retention(KeyValue value)
    {
        if (value.Text.Equals("keep", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        TimeSpan retention = Quantity.Duration(value.Text);
        return retention > TimeSpan.Zero
            ? retention
            : throw new BadValueException("A retention of 0 would delete each file as soon as it is moved. Say OnComplete = delete if that is meant.");
    }
}
