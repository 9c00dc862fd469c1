using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Watching;

/// <summary>
/// Takes back what is no longer on the shore. Only a look decides, and only while Location still names the directory that is held: of one
/// that was unmounted or moved away nothing is known.
/// </summary>
internal sealed class Withdrawals(WatchOrder order, ShoreRoot root)
{
    /// <summary>The reason that the log and the history give.</summary>
    public const string LeftOut = "left out by the settings";

    private const int Page = 1000;
    private readonly Queue<BytePath> _sweeps = new();
    private BytePath? _after;

    public bool Busy => _sweeps.Count > 0;

    /// <summary>What was not taken as deleted, and why; null: nothing.</summary>
    public string? Trouble { get; set; }

    /// <summary>Compares what the ledger has below a directory with what is there; empty: everything.</summary>
    public void Sweep(BytePath directory) => _sweeps.Enqueue(directory);

    public async Task StepAsync(CancellationToken cancellationToken)
    {
        BytePath directory = _sweeps.Peek();
        byte[] below = directory.IsEmpty ? [] : [.. directory.Span, (byte)'/'];
        BytePath? after = _after ?? (directory.IsEmpty ? null : new BytePath(below));
        IReadOnlyList<BytePath> page = await order.Ledger.LivePathsAsync(order.Name, after, Page, cancellationToken).ConfigureAwait(false);
        List<BytePath> inside = [.. page.TakeWhile(path => path.Span.StartsWith(below))];
        ILookup<bool, BytePath> ours = inside.ToLookup(order.Territory.TakesFromAnywhere);
        await DepartAsync([.. ours[true].Where(IsGone)], cancellationToken).ConfigureAwait(false);
        await WithdrawAsync([.. ours[false]], LeftOut, cancellationToken).ConfigureAwait(false);
        if (inside.Count == page.Count && page.Count == Page)
        {
            _after = page[^1];
        }
        else
        {
            _after = null;
            _sweeps.Dequeue();
        }
    }

    /// <summary>Those that are no regular files any more.</summary>
    public IReadOnlyList<BytePath> Gone(IEnumerable<BytePath> paths)
    {
        root.HoldFolders();
        try
        {
            return [.. paths.Where(IsGone)];
        }
        finally
        {
            root.LetGoOfFolders();
        }
    }

    /// <summary>Whether nothing is there, as far as can be seen.</summary>
    public bool IsEmpty(BytePath path)
    {
        try
        {
            return root.Look(path) is null;
        }
        catch (ShoreException)
        {
            return false;
        }
    }

    private bool IsGone(BytePath path)
    {
        order.State.ComeRound();
        try
        {
            return root.Look(path) is not { Kind: ShoreEntryKind.Regular };
        }
        catch (ShoreException)
        {
            // It can't be seen: that is not the same.
            return false;
        }
    }

    /// <summary>
    /// Takes back what is gone, but for what lay on another file system than the empty directory that is left of it: a disk that was unmounted
    /// leaves just that behind.
    /// </summary>
    public async Task DepartAsync(IReadOnlyList<BytePath> gone, CancellationToken cancellationToken)
    {
        var remains = new Dictionary<BytePath, (BytePath Directory, long Device)?>();
        BytePath[] doubtful = [.. gone.Where(path => RemainsOf(path.Parent, remains) is not null)];
        var held = new HashSet<BytePath>();
        if (doubtful.Length > 0)
        {
            IReadOnlyList<long?> devices = await order.Ledger.DevicesAsync(order.Name, doubtful, cancellationToken).ConfigureAwait(false);
            held = [.. doubtful.Where((path, at) => devices[at] is long recorded && recorded != remains[path.Parent]!.Value.Device)];
        }

        if (held.Count > 0)
        {
            Trouble = $"Could not find {held.Count} files below {remains[held.First().Parent]!.Value.Directory}, which were on another file system than what is there now, an empty directory: "
                + "is it mounted? Nothing there is taken as deleted; if it really was emptied, remove the directory or put any file there.";
        }

        await WithdrawAsync([.. gone.Where(path => !held.Contains(path))], "no longer on the shore", cancellationToken).ConfigureAwait(false);
    }

    public async Task WithdrawAsync(IReadOnlyList<BytePath> gone, string reason, CancellationToken cancellationToken)
    {
        if (gone.Count == 0 || !root.StillThere())
        {
            return;
        }

        int withdrawn = await order.Ledger.WithdrawAsync(order.Name, gone, reason, cancellationToken).ConfigureAwait(false);
        if (withdrawn > 0)
        {
            order.Logger.Withdrew(order.Name, withdrawn, reason, gone[0]);
        }
    }

    // The nearest directory that is left above, if it is empty; null: it is not, or is Location, whose own mount is known.
    private (BytePath Directory, long Device)? RemainsOf(BytePath directory, Dictionary<BytePath, (BytePath Directory, long Device)?> known)
    {
        if (directory.IsEmpty || !root.FilesHaveDeviceOfDirectory)
        {
            return null;
        }

        if (!known.TryGetValue(directory, out (BytePath Directory, long Device)? remains))
        {
            known[directory] = remains = FindRemains(directory, known);
        }

        return remains;
    }

    private (BytePath Directory, long Device)? FindRemains(BytePath directory, Dictionary<BytePath, (BytePath Directory, long Device)?> known)
    {
        try
        {
            return root.Look(directory) is not { Kind: ShoreEntryKind.Directory } look ? RemainsOf(directory.Parent, known)
                : root.List(directory).Any() ? null
                : (directory, look.Stamp.Device);
        }
        catch (ShoreException)
        {
            // Gone or shut just now: the next sweep looks again.
            return null;
        }
    }
}
