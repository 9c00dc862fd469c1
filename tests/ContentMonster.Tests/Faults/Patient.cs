using System.Globalization;

namespace ContentMonster.Tests.Faults;

/// <summary>How long and how much: short in ./test.sh, more by environment variables (docs/reliability.md).</summary>
internal static class Patient
{
    /// <summary>Of each race against another process.</summary>
    public static TimeSpan Race => TimeSpan.FromSeconds(Number("CM_RACE_SECONDS", 15));

    /// <summary>Of a writer that goes on and on.</summary>
    public static TimeSpan Writing => TimeSpan.FromSeconds(Number("CM_WRITER_SECONDS", 60));

    /// <summary>Files put into a directory at once.</summary>
    public static int Flood => Number("CM_FLOOD_FILES", 100_000);

    /// <summary>Files a round beside a vessel in trouble; over 100 the rate is judged, which takes a quiet machine.</summary>
    public static int NeighbourFiles => Number("CM_NEIGHBOUR_FILES", 40);

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
