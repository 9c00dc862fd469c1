using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Archiving;

/// <summary>Looks at every regular file below a directory. Links are neither followed nor shown.</summary>
internal static class ArchiveWalk
{
    /// <summary>What could not be read or done, the first of it; one directory that cannot be read keeps nothing else.</summary>
    /// <exception cref="ShoreException">The directory itself cannot be looked at.</exception>
    public static string? Each(ShoreRoot root, BytePath top, Action<BytePath, FileStamp> look, CancellationToken cancellationToken)
    {
        if (root.Look(top) is not { Kind: ShoreEntryKind.Directory })
        {
            return null;
        }

        string? trouble = null;
        var pending = new Stack<BytePath>([top]);
        while (pending.TryPop(out BytePath at))
        {
            try
            {
                foreach (ShoreEntry entry in root.List(at))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    BytePath path = at.Join(entry.Name);
                    if (entry.Kind == ShoreEntryKind.Directory)
                    {
                        pending.Push(path);
                    }
                    else if (root.Look(path) is { Kind: ShoreEntryKind.Regular } there)
                    {
                        look(path, there.Stamp);
                    }
                }
            }
            catch (ShoreException exception)
            {
                trouble ??= exception.Message;
            }
        }

        return trouble;
    }
}
