using System.Buffers;

namespace ContentMonster.Configuration;

/// <summary>What a path in the settings may look like. Only the text is looked at: the disk may not be mounted yet.</summary>
internal static class PathRules
{
    private static readonly SearchValues<char> ShellSigns = SearchValues.Create("$`;&|<>\"'\\*?()[]{}!");

    /// <summary>A directory on the shore, without trailing slash.</summary>
    public static string Location(string text)
    {
        RefuseTilde(text, "write the full path, such as /home/replication/outbox");
        RefuseVariables(text);
        if (!text.StartsWith('/'))
        {
            // On Windows a drive stands before the first separator; there is nothing to normalise that the system does not do itself.
            return Path.IsPathFullyQualified(text)
                ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(text))
                : throw new BadValueException($"\"{text}\" is not an absolute path. Write it from the root, beginning with \"/\".");
        }

        string path = "/" + Elements(text);
        return path != "/" ? path : throw new BadValueException("The root directory cannot be watched as a whole. Name a directory below it.");
    }

    /// <summary>A directory on a vessel: absolute, or relative to the login directory ("." is that directory itself).</summary>
    public static string OnVessel(string text)
    {
        RefuseTilde(text, "leave \"~/\" away: a path that does not begin with \"/\" starts in the login directory");
        RefuseVariables(text);
        string elements = Elements(text);
        if (text.StartsWith('/'))
        {
            return elements.Length > 0 ? "/" + elements : throw new BadValueException("The vessel's root directory cannot be used here. Name a directory below it.");
        }

        if (elements.StartsWith('-'))
        {
            throw new BadValueException($"\"{text}\" begins with \"-\" and could be taken for an option. Write the full path.");
        }

        return elements.Length > 0 ? elements : ".";
    }

    /// <summary>TempDir meets the vessel's shell in one of the two assemblies, so nothing that a shell reads is let in, though it is quoted there.</summary>
    public static string TempDir(string text)
    {
        int at = text.AsSpan().IndexOfAny(ShellSigns);
        return at < 0 ? OnVessel(text) : throw new BadValueException($"The character {text[at]} cannot stand in TempDir. Choose another directory.");
    }

    /// <summary>A directory below Location.</summary>
    public static string Below(string text)
    {
        RefuseTilde(text, "it lies below Location, so write a name such as processed");
        if (text.StartsWith('/'))
        {
            throw new BadValueException($"\"{text}\" is an absolute path, but this directory lies below Location. Write a name such as processed.");
        }

        string elements = Elements(text);
        return elements.Length > 0 ? elements : throw new BadValueException($"\"{text}\" names Location itself. Write a name such as processed.");
    }

    /// <summary>A file on the shore, relative to <paramref name="folder"/>.</summary>
    public static string File(string text, string folder)
    {
        RefuseTilde(text, "write the full path");
        RefuseVariables(text);
        return Path.GetFullPath(text, folder);
    }

    /// <summary>Whether <paramref name="lower"/> is <paramref name="upper"/> or lies below it; both normalised.</summary>
    public static bool IsAtOrAbove(string upper, string lower) =>
        string.Equals(upper, lower, StringComparison.Ordinal)
        || (upper == "." && !lower.StartsWith('/'))
        || lower.StartsWith(upper + "/", StringComparison.Ordinal);

    private static string Elements(string text)
    {
        string[] elements = text.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return elements.Contains("..", StringComparer.Ordinal)
            ? throw new BadValueException($"\"{text}\" holds \"..\". Write the path without it: with links on the way it may lead elsewhere than it seems.")
            : string.Join('/', elements.Where(element => element != "."));
    }

    private static void RefuseTilde(string text, string advice)
    {
        if (text.StartsWith('~'))
        {
            throw new BadValueException($"\"~\" is not replaced in \"{text}\": {advice}.");
        }
    }

    private static void RefuseVariables(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            bool variable = text[i] == '$' && i + 1 < text.Length && (text[i + 1] is '{' or '(' or '_' || char.IsAsciiLetter(text[i + 1]));
            if (variable || text[i] == '`')
            {
                throw new BadValueException($"Variables and commands are not replaced in \"{text}\". Write the path out.");
            }
        }
    }
}
