using System.IO.Enumeration;
using System.Text;
using ContentMonster.Model;

namespace ContentMonster.Shore;

/// <summary>
/// By System.IO, for systems other than Linux: names are UTF-8, links are refused by what each element of the path is at the moment of
/// looking. Weaker than the Linux one: who may write in Location can still swap a directory for a link between the look and the use.
/// </summary>
internal sealed class PortableShoreRoot : ShoreRoot
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false, ReturnSpecialDirectories = false };
    private readonly DateTime _born;

    private PortableShoreRoot(string location)
    {
        Location = location;
        _born = Directory.GetCreationTimeUtc(location);
        IsNetworkFileSystem = location.StartsWith(@"\\", StringComparison.Ordinal) || DriveIsRemote(location);
    }

    public override string Location { get; }

    public override bool IsNetworkFileSystem { get; }

    public override bool KeepsChangeTime => false;

    public static PortableShoreRoot Open(string location) => Directory.Exists(location)
        ? new(location)
        : throw new ShoreException(ShoreFailure.Missing, $"Could not watch {DisplayText.Escape(location)}, because there is no such directory.");

    public override bool StillThere() => Directory.Exists(Location) && Directory.GetCreationTimeUtc(Location) == _born;

    public override IEnumerable<ShoreEntry> List(BytePath directory)
    {
        string path = Full(directory, "read the directory", throughLast: true);
        if (!Directory.Exists(path))
        {
            throw new ShoreException(ShoreFailure.Missing, $"Could not read the directory {directory}, because there is nothing of that name.");
        }

        using IEnumerator<ShoreEntry> entries = Translated(
            "read the directory",
            directory,
            () => new FileSystemEnumerable<ShoreEntry>(path, static (ref FileSystemEntry entry) => new(BytePath.FromText(entry.FileName.ToString()), KindOf(entry.Attributes)), Everything).GetEnumerator());
        while (Translated("read the directory", directory, entries.MoveNext))
        {
            yield return entries.Current;
        }
    }

    public override ShoreLook? Look(BytePath path)
    {
        try
        {
            string full = Full(path, "look at");
            return File.Exists(full) || Directory.Exists(full) || new FileInfo(full).LinkTarget is not null
                ? Translated("look at", path, () => new ShoreLook(KindOf(File.GetAttributes(full)), PortableShoreFile.StampOf(full), LinkCount: 1, OwnerId: 0))
                : null;
        }
        catch (ShoreException gone) when (gone.Failure is ShoreFailure.Missing or ShoreFailure.SymbolicLink)
        {
            return null;
        }
    }

    public override ShoreFile OpenFile(BytePath path)
    {
        ShoreLook look = Look(path) ?? throw new ShoreException(ShoreFailure.Missing, $"Could not open {path}, because there is nothing of that name.");
        return look.Kind switch
        {
            ShoreEntryKind.SymbolicLink => throw new ShoreException(ShoreFailure.SymbolicLink, $"Could not open {path}, because it is a symbolic link, and links are never followed."),
            ShoreEntryKind.Regular => Translated("open", path, () => new PortableShoreFile(Full(path, "open"))),
            _ => throw new ShoreException(ShoreFailure.NotARegularFile, $"Could not open {path}, because it is not a regular file."),
        };
    }

    public override bool Move(BytePath from, BytePath to)
    {
        string source = Full(from, "move");
        string target = Full(to, "move a file to");
        return Translated("move", from, () =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (Path.Exists(target) || new FileInfo(target).LinkTarget is not null)
            {
                return false;
            }

            // On Windows this refuses to replace by itself; elsewhere the look above is all there is.
            new FileInfo(source).MoveTo(target, overwrite: false);
            return true;
        });
    }

    public override bool Delete(BytePath path, FileStamp expected)
    {
        if (Look(path) is not { Kind: ShoreEntryKind.Regular } look || look.Stamp != expected)
        {
            return false;
        }

        Translated("remove", path, () =>
        {
            File.Delete(Full(path, "remove"));
            return true;
        });
        return true;
    }

    /// <summary>System.IO has no fsync of a directory: NTFS journals its names, elsewhere the system's own interval must do.</summary>
    public override void Sync(BytePath directory) => Full(directory, "make durable", throughLast: true);

    public override void Dispose()
    {
        // Nothing is held.
    }

    /// <summary>The full path, when no element above the last one (and not that one either, where it is gone through) is a link.</summary>
    private string Full(BytePath path, string what, bool throughLast = false)
    {
        string full = Location;
        string[] elements = path.IsEmpty ? [] : Encoding.UTF8.GetString(path.Span).Split('/');
        for (int i = 0; i < elements.Length; i++)
        {
            if (elements[i] is "" or "." or ".." || elements[i].Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) || elements[i].Contains('\0', StringComparison.Ordinal))
            {
                throw new ShoreException(ShoreFailure.Missing, $"Could not {what} {path}, because it is no name below a directory.");
            }

            full = Path.Combine(full, elements[i]);
            if ((throughLast || i < elements.Length - 1) && new DirectoryInfo(full).LinkTarget is not null)
            {
                throw new ShoreException(ShoreFailure.SymbolicLink, $"Could not {what} {path}, because an element of its path is a symbolic link, and links are never followed.");
            }
        }

        return full;
    }

    private static ShoreEntryKind KindOf(FileAttributes attributes) =>
        attributes.HasFlag(FileAttributes.ReparsePoint) ? ShoreEntryKind.SymbolicLink
        : attributes.HasFlag(FileAttributes.Directory) ? ShoreEntryKind.Directory
        : attributes.HasFlag(FileAttributes.Device) ? ShoreEntryKind.Device
        : ShoreEntryKind.Regular;

    private static T Translated<T>(string what, BytePath path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception trouble) when (trouble is UnauthorizedAccessException or IOException and not ShoreException)
        {
            ShoreFailure failure = trouble switch
            {
                UnauthorizedAccessException => ShoreFailure.PermissionDenied,
                FileNotFoundException or DirectoryNotFoundException => ShoreFailure.Missing,
                PathTooLongException => ShoreFailure.TooLong,
                _ => ShoreFailure.Other,
            };
            throw new ShoreException(failure, $"Could not {what} {path}, because the system says: {DisplayText.Escape(trouble.Message)}", trouble);
        }
    }

    private static bool DriveIsRemote(string location)
    {
        try
        {
            return Path.GetPathRoot(location) is { Length: > 0 } drive && new DriveInfo(drive).DriveType == DriveType.Network;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
