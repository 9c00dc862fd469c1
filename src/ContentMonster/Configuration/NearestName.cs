namespace ContentMonster.Configuration;

/// <summary>Finds what a mistyped name was meant to be.</summary>
internal static class NearestName
{
    /// <summary>Longer than any key; bounds the work on a file that is no settings file.</summary>
    private const int LongestCompared = 64;

    /// <summary>The known name with the smallest edit distance, or null where none is near enough to be meant.</summary>
    public static string? Of(string written, IEnumerable<string> known)
    {
        if (written.Length > LongestCompared)
        {
            return null;
        }

        string? nearest = null;
        int best = Math.Max(written.Length / 3, 2) + 1;
        foreach (string name in known.Where(name => name.Length <= LongestCompared))
        {
            int distance = Distance(written.ToUpperInvariant(), name.ToUpperInvariant());
            if (distance < best)
            {
                (best, nearest) = (distance, name);
            }
        }

        return nearest;
    }

    /// <summary>" Did you mean ...?" or, where nothing is near, what there is to choose from.</summary>
    public static string Advice(string written, IReadOnlyCollection<string> known) =>
        Of(written, known) is { } nearest ? $"Did you mean \"{nearest}\"?" : $"Known here: {string.Join(", ", known)}.";

    /// <summary>Levenshtein: insertions, deletions and replacements that make one of the other.</summary>
    internal static int Distance(string from, string to)
    {
        var row = new int[to.Length + 1];
        for (int j = 0; j < row.Length; j++)
        {
            row[j] = j;
        }

        for (int i = 1; i <= from.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.Length; j++)
            {
                int replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
