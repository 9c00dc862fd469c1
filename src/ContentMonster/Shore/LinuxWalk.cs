using ContentMonster.Model;

namespace ContentMonster.Shore;

/// <summary>
/// From the held directory to another one below it, through no link. By openat2 where there is one, else element by element with
/// O_NOFOLLOW; a path longer than one system call takes goes in several steps.
/// </summary>
internal sealed class LinuxWalk(Descriptor root, LinuxAbilities abilities)
{
    private const int MostAsked = 100;

    private volatile bool _openBeneath = abilities.OpenBeneath;

    /// <summary>Opens a directory below (not the root itself); null with errno where it can't.</summary>
    public Descriptor? Open(ReadOnlySpan<byte> directory, int flags, out int errno)
    {
        if (HasDots(directory))
        {
            errno = Errno.NoEntry;
            return null;
        }

        Descriptor from = root;
        while (true)
        {
            ReadOnlySpan<byte> step = _openBeneath ? LongestStep(directory) : FirstElement(directory);
            bool last = step.Length == directory.Length;
            Descriptor? opened = Step(from, step, (last ? flags : LinuxNumbers.PathOnly) | LinuxNumbers.Directory | LinuxNumbers.NoFollow, out errno);
            if (errno is Errno.NoSystemCall or Errno.PermissionDenied && _openBeneath)
            {
                // A kernel before 5.6, or a container's filter that knows no openat2.
                _openBeneath = false;
                continue;
            }

            if (from != root)
            {
                from.Dispose();
            }

            if (opened is null || last)
            {
                return opened;
            }

            from = opened;
            directory = directory[(step.Length + 1)..];
        }
    }

    private Descriptor? Step(Descriptor from, ReadOnlySpan<byte> step, int flags, out int errno)
    {
        if (!_openBeneath)
        {
            return LinuxCall.Open(from, step, flags, out errno);
        }

        Descriptor? opened = LinuxCall.OpenBeneath(from, step, flags, out errno);
        for (int asked = 1; errno == Errno.Again && asked < MostAsked; asked++)
        {
            // Something on the way was renamed meanwhile, and the kernel wants to be asked again.
            opened = LinuxCall.OpenBeneath(from, step, flags, out errno);
        }

        return opened;
    }

    /// <summary>Our paths are plain names all the way: what is not never came from a listing.</summary>
    private static bool HasDots(ReadOnlySpan<byte> path)
    {
        foreach (Range element in path.Split((byte)'/'))
        {
            if (path[element] is [] or [(byte)'.'] or [(byte)'.', (byte)'.'])
            {
                return true;
            }
        }

        return false;
    }

    private static ReadOnlySpan<byte> FirstElement(ReadOnlySpan<byte> path)
    {
        int slash = path.IndexOf((byte)'/');
        return slash < 0 ? path : path[..slash];
    }

    private static ReadOnlySpan<byte> LongestStep(ReadOnlySpan<byte> path)
    {
        if (path.Length <= LinuxNumbers.LongestPath)
        {
            return path;
        }

        int slash = path[..LinuxNumbers.LongestPath].LastIndexOf((byte)'/');
        return slash < 0 ? FirstElement(path) : path[..slash];
    }

    /// <summary>The last element and what stands before it.</summary>
    public static ReadOnlySpan<byte> Split(BytePath path, out ReadOnlySpan<byte> name)
    {
        int slash = path.Span.LastIndexOf((byte)'/');
        name = path.Span[(slash + 1)..];
        return slash < 0 ? default : path.Span[..slash];
    }
}
