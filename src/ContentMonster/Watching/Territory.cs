using ContentMonster.Configuration;
using ContentMonster.Model;

namespace ContentMonster.Watching;

/// <summary>Which paths of a directory are ours to send, by name alone.</summary>
internal sealed class Territory(DirectorySettings settings, bool recursive, Func<BytePath, bool> takes, Func<BytePath, bool> enters)
{
    /// <summary>What a server on Linux takes as a path: PATH_MAX without its NUL.</summary>
    private const int LongestRemotePath = 4095;

    /// <summary>The Python program's archive, below each Location: left alone.</summary>
    public const string OldArchive = "completed";

    private readonly BytePath[] _archives = [BytePath.FromText(settings.ProcessedDir.Trim('/')), BytePath.FromText(OldArchive)];
    private readonly int _remoteLength = BytePath.FromText(settings.RemoteLocation).Span.Length;

    /// <summary>Whether a directory, whose parents are entered, is looked into.</summary>
    public bool Enters(BytePath directory) => recursive && !IsArchive(directory) && enters(directory);

    /// <summary>Whether it is ours, or the Python program's.</summary>
    public bool IsArchive(BytePath directory) => Array.Exists(_archives, archive => archive == directory);

    /// <summary>Whether a file, whose parents are entered, is taken.</summary>
    public bool Takes(BytePath file) => !PartName.IsSibling(file.Name.Span) && takes(file);

    /// <summary>The same for a file of which only the path is known.</summary>
    public bool TakesFromAnywhere(BytePath file)
    {
        for (BytePath above = file.Parent; !above.IsEmpty; above = above.Parent)
        {
            if (!Enters(above))
            {
                return false;
            }
        }

        return Takes(file);
    }

    public bool EntersFromAnywhere(BytePath directory)
    {
        for (; !directory.IsEmpty; directory = directory.Parent)
        {
            if (!Enters(directory))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Null, or why no server could take a path as long as this: that of its unfinished file is longer.</summary>
    public string? TooLong(BytePath file)
    {
        int name = file.Name.Span.Length;
        int length = _remoteLength + 1 + file.Span.Length - name + PartName.SiblingLength(name);
        return length <= LongestRemotePath ? null : $"its path on the vessels would be {length} bytes long while it is sent, and servers take {LongestRemotePath}: shorten it";
    }
}
