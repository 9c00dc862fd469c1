namespace ContentMonster.Configuration;

/// <summary>The keys of [MONSTER].</summary>
internal static class MonsterKeys
{
    private const long ChunkGrain = 64 << 10;
    private const long LargestChunk = 4L << 30;

    public static IReadOnlyList<KnownKey<Settings>> All { get; } =
    [
        new("ChunkSize", "10M", (settings, value) => settings with { ChunkSizeInBytes = ChunkSize(value) }),
        new("Database", "in the state directory under systemd or with settings in /etc/contentmonster, else beside the settings file", (settings, value) => settings with { Database = PathRules.File(value.Text, value.Place.Folder) }),
        new("StrictModes", "no", (settings, value) => settings with { StrictModes = value.YesOrNo() }),
    ];

    private static long ChunkSize(KeyValue value)
    {
        long size = Quantity.Bytes(value.Text);
        if (size is <= 0 or > LargestChunk)
        {
            throw new BadValueException($"\"{value.Text}\" is out of range: 64K to 4G.");
        }

        if (size < ChunkGrain)
        {
            value.Warn($"\"{value.Text}\" is less than the smallest chunk, so 64K is used.");
        }

        return (size + ChunkGrain - 1) / ChunkGrain * ChunkGrain;
    }
}
