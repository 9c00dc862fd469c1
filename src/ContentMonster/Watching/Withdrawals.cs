using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Watching;

/// <summary>
/// Takes back what is no longer on the shore. Only a look decides, and only while Location still names the directory that is held: of one
/// that was unmounted or moved away nothing is known.
/// </summary>
internal sealed class Withdrawals(WatchOrder order, ShoreRoot root)
{
    private const int Page = 1000;
    private readonly Queue<BytePath> _sweeps = new();
    private BytePath? _after;

    public bool Busy => _sweeps.Count > 0;

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
        await WithdrawAsync(Gone(ours[true]), "no longer on the shore", cancellationToken).ConfigureAwait(false);
        await WithdrawAsync([.. ours[false]], "left out by the settings", cancellationToken).ConfigureAwait(false);
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

    private bool IsGone(BytePath path)
    {
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
}
