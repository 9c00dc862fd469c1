using ContentMonster.Configuration;
using ContentMonster.Shore;

namespace ContentMonster.Daemon.Commands;

/// <summary>Where a file that somebody names lies among the directories of the settings.</summary>
/// <param name="Path">The file, below the Location as the settings write it.</param>
/// <param name="Below">The rest of the path; empty for Location itself.</param>
internal sealed record FilePlace(DirectorySettings Directory, string Path, string Below)
{
    /// <summary>By the texts; where those do not match, or a link stands below Location, by where they really lead. Null: below no Location.</summary>
    public static FilePlace? Of(Settings settings, string path)
    {
        FilePlace? written = Find(settings, path, static location => location);
        if (written is not null && !LeadsThroughLink(written))
        {
            return written;
        }

        string real = System.IO.Path.Combine(RealPath.Of(System.IO.Path.GetDirectoryName(path) ?? "/"), System.IO.Path.GetFileName(path));
        return Find(settings, real, RealPath.Of) ?? written ?? Find(settings, RealPath.Of(path), RealPath.Of);
    }

    private static FilePlace? Find(Settings settings, string path, Func<string, string> placeOf)
    {
        foreach (DirectorySettings directory in settings.Directories)
        {
            string location = placeOf(directory.Location.TrimEnd('/')).TrimEnd('/');
            if (path == location || path.StartsWith(location + "/", StringComparison.Ordinal))
            {
                string below = path[location.Length..].TrimStart('/');
                return new(directory, System.IO.Path.Combine(directory.Location, below), below);
            }
        }

        return null;
    }

    /// <summary>Between Location and the file; of that the ledger knows nothing.</summary>
    private static bool LeadsThroughLink(FilePlace place)
    {
        string folder = System.IO.Path.GetDirectoryName(place.Below) ?? "";
        return RealPath.Of(System.IO.Path.Combine(place.Directory.Location, folder)) != System.IO.Path.Combine(RealPath.Of(place.Directory.Location), folder).TrimEnd('/');
    }
}
