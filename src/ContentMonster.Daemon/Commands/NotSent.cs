using ContentMonster.Configuration;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Watching;

namespace ContentMonster.Daemon.Commands;

/// <summary>Which rule keeps a file from being sent, as far as the settings and the file itself tell.</summary>
/// <param name="own">What of the program's own lies in the directory.</param>
/// <param name="imported">Whether a database of the Python program was imported.</param>
internal sealed class NotSent(DirectorySettings directory, OwnFiles own, bool imported)
{
    private readonly PathFilter _filter = PathFilter.Of(directory);

    private bool Recursive => directory.Recursive ?? !imported;

    /// <summary>Null: none that is known.</summary>
    public string? Why(BytePath file)
    {
        using ShoreRoot? root = Open();
        var folders = new Stack<BytePath>();
        for (BytePath above = file.Parent; !above.IsEmpty; above = above.Parent)
        {
            folders.Push(above);
        }

        return folders.Select(folder => OfFolder(root, folder)).FirstOrDefault(static why => why is not null) ?? OfFile(root, file);
    }

    private ShoreRoot? Open()
    {
        try
        {
            return ShoreRoot.Open(directory.Location);
        }
        catch (ShoreException)
        {
            return null;
        }
    }

    private string? OfFolder(ShoreRoot? root, BytePath folder)
    {
        if (KindOf(root, folder) == ShoreEntryKind.SymbolicLink)
        {
            return $"{folder} is a symbolic link, and links are never followed";
        }

        if (folder == BytePath.FromText(directory.ProcessedDir.Trim('/')))
        {
            return "it lies in the archive: what is there was delivered, or put there by somebody else, and is not sent";
        }

        if (folder == BytePath.FromText(Territory.OldArchive))
        {
            return "it lies in the archive of the Python program of the same name, which is never sent. Move it to be sent";
        }

        if (!Recursive)
        {
            return directory.Recursive is null
                ? "it lies in a subdirectory, and a database of the Python program was imported, so those are left alone unless `Recursive = yes` is set"
                : "it lies in a subdirectory, and `Recursive = no` leaves those out";
        }

        return _filter.ExcludedBy(folder, isDirectory: true) is { } pattern ? $"the pattern {DisplayText.Escape(pattern)} of Exclude leaves out {folder}/"
            : _filter.Enters(folder) ? null : $"no pattern of Include means anything in {folder}/";
    }

    private string? OfFile(ShoreRoot? root, BytePath file)
    {
        if (PartName.IsSibling(file.Name.Span))
        {
            return "it has the name of an unfinished file of ContentMonster: such are never sent, for another shore may deliver into this directory";
        }

        if (own.Holds(file))
        {
            return "it belongs to ContentMonster itself (settings, ledger, keys, passwords). Move it elsewhere";
        }

        ShoreEntryKind? kind = KindOf(root, file);
        if (kind == ShoreEntryKind.Directory)
        {
            return "it is a directory: name a file in it";
        }

        if (_filter.ExcludedBy(file, isDirectory: false) is { } pattern)
        {
            return $"the pattern {DisplayText.Escape(pattern)} of Exclude leaves it out";
        }

        return !_filter.Takes(file) ? "no pattern of Include means it"
            : new Territory(directory, Recursive, _filter.Takes, _filter.Enters).TooLong(file)
            ?? (kind is { } known ? Refusals.Reason(known) : null)
            ?? (kind == ShoreEntryKind.Regular ? OfContent(root!, file) : null);
    }

    private static string? OfContent(ShoreRoot root, BytePath file)
    {
        try
        {
            using ShoreFile open = root.OpenFile(file);
            return Refusals.TooLarge(open.CurrentStamp().SizeInBytes);
        }
        catch (ShoreException trouble)
        {
            // Another user than this one may be able to read it.
            return trouble.Failure == ShoreFailure.PermissionDenied ? null : Refusals.Reason(trouble);
        }
    }

    private static ShoreEntryKind? KindOf(ShoreRoot? root, BytePath path)
    {
        try
        {
            return root?.Look(path)?.Kind;
        }
        catch (ShoreException)
        {
            return null;
        }
    }
}
