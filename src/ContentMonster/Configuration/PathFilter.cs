using ContentMonster.Model;

namespace ContentMonster.Configuration;

/// <summary>What Include and Exclude of a directory let through. Paths are relative to its Location.</summary>
internal sealed class PathFilter(IEnumerable<string> include, IEnumerable<string> exclude)
{
    private readonly Glob[] _include = [.. include.Select(Glob.Parse)];
    private readonly string[] _excluding = [.. exclude];
    private readonly Glob[] _exclude = [.. exclude.Select(Glob.Parse)];

    public static PathFilter Of(DirectorySettings directory) => new(directory.Include, directory.Exclude);

    /// <summary>Whether this file is sent.</summary>
    public bool Takes(BytePath relativePath)
    {
        byte[] path = relativePath.Bytes;
        return !Array.Exists(_exclude, glob => glob.Matches(path, isDirectory: false))
            && (_include.Length == 0 || Array.Exists(_include, glob => glob.Matches(path, isDirectory: false)));
    }

    /// <summary>The pattern of Exclude that this path, or a directory on the way to it, matches; null: none.</summary>
    public string? ExcludedBy(BytePath relativePath, bool isDirectory) =>
        Array.FindIndex(_exclude, glob => glob.Matches(relativePath.Bytes, isDirectory)) is >= 0 and var first ? _excluding[first] : null;

    /// <summary>Whether a file below this directory may be sent; the empty path is Location itself.</summary>
    public bool Enters(BytePath relativeDirectory)
    {
        byte[] path = relativeDirectory.Bytes;
        return path.Length == 0
            || (!Array.Exists(_exclude, glob => glob.Matches(path, isDirectory: true))
                && (_include.Length == 0 || Array.Exists(_include, glob => glob.Matches(path, isDirectory: true) || glob.MayMatchBelow(path))));
    }
}
