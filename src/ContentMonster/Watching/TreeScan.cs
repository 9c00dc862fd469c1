using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Watching;

/// <summary>
/// Looks through directories in small steps, so that hints and settled files never wait for a big tree. A directory is covered by hints
/// before it is listed; only one is open at a time, however deep the tree.
/// </summary>
internal sealed class TreeScan(WatchOrder order, ShoreRoot root, IHintSource hints, SettlingTable table, Refusals refusals, Intake intake) : IDisposable
{
    private const int FilesAStep = 1000;

    private readonly Stack<BytePath> _pending = new();
    private readonly List<(SettlingFile File, ShoreLook Look)> _seen = [];
    private readonly List<(BytePath Path, string Reason)> _refused = [];
    private IEnumerator<ShoreEntry>? _listing;
    private BytePath _directory;
    private bool _toldOldArchive;

    public bool Busy => _listing is not null || _pending.Count > 0;

    public long FilesSeen { get; set; }

    /// <summary>Whether a listing held anything at all, but for an archive.</summary>
    public bool FoundAnything { get; private set; }

    public bool FoundArchive { get; private set; }

    public string? Trouble { get; set; }

    /// <summary>A directory that is entered, with all below it.</summary>
    public void Add(BytePath directory) => _pending.Push(directory);

    /// <summary>Tells once that this directory is left out, if it is the one that no setting names.</summary>
    public void TellOldArchive(BytePath directory)
    {
        if (!_toldOldArchive && order.Settings.ProcessedDir != Territory.OldArchive && directory == BytePath.FromText(Territory.OldArchive))
        {
            _toldOldArchive = true;
            order.Logger.OldArchive(order.Name, Territory.OldArchive);
        }
    }

    public async Task StepAsync(CancellationToken cancellationToken)
    {
        root.HoldFolders();
        try
        {
            Advance(FilesAStep);
        }
        finally
        {
            root.LetGoOfFolders();
        }

        await refusals.RefuseAsync(_refused, cancellationToken).ConfigureAwait(false);
        _refused.Clear();
        await intake.ConsiderAsync(_seen, cancellationToken).ConfigureAwait(false);
        _seen.Clear();
    }

    public void Dispose() => CloseListing();

    private void Advance(int most)
    {
        for (int entries = 0; entries < most && Busy; entries++)
        {
            order.State.ComeRound();
            try
            {
                Advance();
            }
            catch (ShoreException trouble)
            {
                CloseListing();
                Failed(trouble);
            }
        }
    }

    private void Advance()
    {
        if (_listing is null)
        {
            _directory = _pending.Pop();
            hints.Cover(_directory);
            _listing = root.List(_directory).GetEnumerator();
        }

        if (!_listing.MoveNext())
        {
            CloseListing();
            return;
        }

        ShoreEntry entry = _listing.Current;
        BytePath path = _directory.Join(entry.Name);
        bool isArchive = entry.Kind == ShoreEntryKind.Directory && order.Territory.IsArchive(path);
        FoundArchive |= isArchive;
        if (isArchive)
        {
            TellOldArchive(path);
        }

        FoundAnything |= !isArchive;
        if (entry.Kind == ShoreEntryKind.Directory)
        {
            if (order.Territory.Enters(path))
            {
                _pending.Push(path);
            }
        }
        else if (order.Territory.Takes(path))
        {
            See(path, entry.Kind);
        }
    }

    private void See(BytePath path, ShoreEntryKind kind)
    {
        FilesSeen++;
        if (Refusals.Reason(kind) is { } reason)
        {
            _refused.Add((path, reason));
            return;
        }

        // What is settling already has its time to be looked at.
        if (table.TryGet(path, out _))
        {
            return;
        }

        try
        {
            if (root.Look(path) is { Kind: ShoreEntryKind.Regular } look)
            {
                _seen.Add((new SettlingFile(path, order.Time.GetTimestamp()), look));
            }
        }
        catch (ShoreException trouble)
        {
            if (Refusals.Reason(trouble) is { } why)
            {
                _refused.Add((path, why));
            }
            else
            {
                Trouble = trouble.Message;
            }
        }
    }

    private void Failed(ShoreException trouble)
    {
        if (trouble.Failure is ShoreFailure.Missing or ShoreFailure.NotADirectory or ShoreFailure.SymbolicLink)
        {
            // Gone or replaced since it was seen; the sweep and the next hint settle it.
            return;
        }

        if (trouble.Failure is ShoreFailure.PermissionDenied or ShoreFailure.TooLong && !_directory.IsEmpty)
        {
            _refused.Add((_directory, Refusals.Reason(trouble)!));
            return;
        }

        Trouble = trouble.Message;
    }

    private void CloseListing()
    {
        _listing?.Dispose();
        _listing = null;
    }
}
