namespace ContentMonster.Shore;

/// <summary>
/// The directories that a batch of work goes to again and again, kept open while it lasts: a walk from the root a file is most of what a small
/// file costs. A directory that is moved away meanwhile counts as moved a moment later, when the batch is over.
/// </summary>
internal sealed class HeldFolders
{
    // Both ends of a move, and their like once more where two directories take turns.
    private const int Most = 4;

    // Only the one task that holds the root open for a batch touches these.
    private readonly (byte[] Path, Descriptor? Open)[] _held = new (byte[], Descriptor?)[Most];
    private int _next;

    public bool Wanted { get; private set; }

    public void Begin() => Wanted = true;

    public void End()
    {
        Wanted = false;
        LetGo();
    }

    public Descriptor? Find(ReadOnlySpan<byte> path)
    {
        foreach ((byte[] held, Descriptor? open) in _held)
        {
            if (open is not null && path.SequenceEqual(held))
            {
                return open;
            }
        }

        return null;
    }

    public void Keep(ReadOnlySpan<byte> path, Descriptor open)
    {
        _held[_next].Open?.Dispose();
        _held[_next] = (path.ToArray(), open);
        _next = (_next + 1) % Most;
    }

    /// <summary>True: something had been held, so another try may find another directory.</summary>
    public bool LetGo()
    {
        bool any = false;
        for (int at = 0; at < Most; at++)
        {
            any |= _held[at].Open is not null;
            _held[at].Open?.Dispose();
            _held[at] = default;
        }

        return any;
    }
}
