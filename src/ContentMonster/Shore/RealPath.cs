namespace ContentMonster.Shore;

/// <summary>A path with its symbolic links followed, for comparing what people write. For that only: whoever opens it may find something else there.</summary>
internal static class RealPath
{
    /// <summary>As many as Linux follows.</summary>
    private const int MostLinks = 40;

    /// <summary>Of an absolute path; what is not there, or may not be looked at, stays as it is written.</summary>
    public static string Of(string path) => Of(path, static _ => { });

    /// <param name="path">Absolute, with or without links.</param>
    /// <param name="passed">Told of each link on the way, by its real folder and its name.</param>
    public static string Of(string path, Action<string> passed)
    {
        var left = new Stack<string>();
        Push(left, path);
        string at = "/";
        int links = 0;
        while (left.TryPop(out string? element))
        {
            if (element == "..")
            {
                at = Path.GetDirectoryName(at) ?? "/";
                continue;
            }

            string next = Path.Combine(at, element);
            if (TargetOf(next) is { } target && ++links <= MostLinks)
            {
                passed(next);
                Push(left, target);
                at = target.StartsWith('/') ? "/" : at;
            }
            else
            {
                at = next;
            }
        }

        return at;
    }

    private static void Push(Stack<string> left, string path)
    {
        foreach (string element in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(static element => element != ".").Reverse())
        {
            left.Push(element);
        }
    }

    private static string? TargetOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
