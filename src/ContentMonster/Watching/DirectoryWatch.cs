using ContentMonster.Configuration;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Watching;

/// <summary>
/// Keeps the ledger told of what one directory of the settings holds: new and changed files when they are ready, what is gone, what is not
/// sent and why. Runs until it is cancelled; whatever else ends it is for the host to act on.
/// </summary>
internal sealed class DirectoryWatch
{
    private const int PathsAtOnce = 1000;
    private readonly WatchOrder _order;
    private readonly Func<ShoreRoot, IHintSource> _hintsOf;
    private readonly Quiet _quiet = new();
    private string? _toldMissing;

    /// <param name="takes">Whether a file is sent, by Include and Exclude; the path is relative to Location.</param>
    /// <param name="enters">Whether a subdirectory is looked into.</param>
    /// <param name="recorded">Called after versions were newly recorded.</param>
    /// <param name="limits">Null: the usual ones.</param>
    /// <param name="hints">Null: inotify on Linux, FileSystemWatcher elsewhere, none on network file systems.</param>
    public DirectoryWatch(
        DirectorySettings settings,
        long chunkSizeInBytes,
        bool recursive,
        ILedger ledger,
        Func<BytePath, bool> takes,
        Func<BytePath, bool> enters,
        TimeProvider time,
        ILogger logger,
        Action recorded,
        WatchLimits? limits = null,
        Func<ShoreRoot, Bell, IHintSource>? hints = null)
    {
        _order = new()
        {
            Settings = settings,
            ChunkSizeInBytes = chunkSizeInBytes,
            Recursive = recursive,
            Ledger = ledger,
            Territory = new(settings, recursive, takes, enters),
            Time = time,
            Logger = logger,
            Recorded = recorded,
            Limits = limits ?? new(),
            State = new(settings),
        };
        _hintsOf = root => hints is null ? UsualHints(root) : hints(root, _order.Bell);
    }

    /// <summary>Completes when everything was looked at once; fails when the watch does.</summary>
    public Task FirstScanDone => _quiet.FirstScan;

    public DirectorySnapshot Snapshot() => _order.State.Snapshot();

    /// <summary>
    /// Completes when a full scan was done and every file found is recorded, refused, or being written by somebody: those are told. A
    /// Location that is not there has nothing to wait for (the snapshot's Problem says so).
    /// </summary>
    public Task<IReadOnlyList<BytePath>> WaitQuietAsync(CancellationToken cancellationToken)
    {
        Task<IReadOnlyList<BytePath>> quiet = _quiet.WaitAsync(cancellationToken);
        _order.Bell.Ring();
        return quiet;
    }

    /// <summary>Has a file looked at that was found changed, for which no event may have come.</summary>
    public void LookAt(BytePath file)
    {
        // Past the limit the next scan finds them.
        if (_order.Asked.Count < _order.Limits.BufferedEvents)
        {
            _order.Asked.Enqueue(file);
            _order.Bell.Ring();
        }
    }

    /// <summary>Takes back what waits and is left out by the settings by now. By its name alone: Location need not be there.</summary>
    public async Task WithdrawLeftOutAsync(CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<(long Id, BytePath Path)> page = [];
            do
            {
                page = await _order.Ledger.WaitingPathsAsync(_order.Name, page.Count > 0 ? page[^1].Id : 0, PathsAtOnce, cancellationToken).ConfigureAwait(false);
                BytePath[] leftOut = [.. page.Select(static one => one.Path).Where(path => !_order.Territory.TakesFromAnywhere(path))];
                if (leftOut.Length > 0 && await _order.Ledger.WithdrawAsync(_order.Name, leftOut, Withdrawals.LeftOut, cancellationToken).ConfigureAwait(false) is > 0 and int withdrawn)
                {
                    _order.Logger.Withdrew(_order.Name, withdrawn, Withdrawals.LeftOut, leftOut[0]);
                }
            }
            while (page.Count == PathsAtOnce);
        }
        catch (Exception trouble)
        {
            Stopped(trouble);
            throw;
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // File system calls block: never the caller's thread.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var hang = new HangNotice(_order);
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _order.State.ComeRound();
                await WatchOnceAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception trouble)
        {
            Stopped(trouble);
            throw;
        }
    }

    private void Stopped(Exception trouble)
    {
        _order.State.Word = "stopped";
        _order.State.Problem = trouble is OperationCanceledException ? null : DisplayText.Escape(trouble.Message);
        _quiet.Failed(trouble);
    }

    private async Task WatchOnceAsync(CancellationToken cancellationToken)
    {
        ShoreRoot root;
        try
        {
            root = ShoreRoot.Open(_order.Settings.Location, OpenFiles.SparedByWatches);
        }
        catch (ShoreException missing)
        {
            await MissingAsync(missing.Message, cancellationToken).ConfigureAwait(false);
            return;
        }

        using (root)
        {
            using var watch = new RootWatch(_order, root, _hintsOf(root), _quiet);
            _toldMissing = null;
            _order.State.Problem = null;
            _order.Logger.Watching(_order.Name, DisplayText.Escape(root.Location));
            try
            {
                await watch.RunAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (ShoreException trouble)
            {
                // Whoever may write in there must not end the daemon: the directory is looked at anew in a moment.
                await MissingAsync(trouble.Message, cancellationToken).ConfigureAwait(false);
                return;
            }

            _order.Logger.RootGone(_order.Name, DisplayText.Escape(root.Location));
        }
    }

    private async Task MissingAsync(string reason, CancellationToken cancellationToken)
    {
        _order.State.Word = "missing";
        _order.State.Problem = reason;
        _order.State.SettlingFiles = 0;
        _order.State.BeingWritten = [];
        if (reason != _toldMissing)
        {
            _toldMissing = reason;
            _order.Logger.RootMissing(_order.Name, reason);
        }

        _quiet.Reached([]);
        await _order.Bell.WaitAsync(_order.Limits.RootPatience, _order.Time, cancellationToken).ConfigureAwait(false);
    }

    private IHintSource UsualHints(ShoreRoot root) =>
        root.IsNetworkFileSystem ? new NoHints(shortfall: null)
        : root is LinuxShoreRoot linux ? InotifyHints.Start(linux, _order.Bell, _order.Limits.BufferedEvents)
        : new FileSystemHints(root, _order.Recursive, _order.Bell, _order.Limits.BufferedEvents);
}
