using ContentMonster.Model;
using ContentMonster.Shore;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Watching;

/// <summary>
/// Implementation notes.
/// One loop does everything for a directory that is there, in small steps, so nothing in here needs a lock: hints first, then files whose
/// time has come, then a step of the scan, then a step of a sweep. Bounded: the settling table, the buffered hints, one listing, one page.
/// After a full scan follow the sweep (what the ledger has and the shore has not) and the review of refusals; the three are one round.
/// The loop ends when Location no longer names what is held; all it knew is dropped, the ledger keeps what was recorded.
/// </summary>
internal sealed class RootWatch : IDisposable
{
    private const int HintsAStep = 4096;
    private const int DueAStep = 1000;
    private const int MostShown = 100;
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(1);

    // Never changes.
    private readonly WatchOrder _order;
    private readonly ShoreRoot _root;
    private readonly IHintSource _hints;
    private readonly Quiet _quiet;
    private readonly SettlingTable _table;
    private readonly Refusals _refusals;
    private readonly RefusalReview _review;
    private readonly Intake _intake;
    private readonly Withdrawals _withdrawals;
    private readonly TreeScan _scan;
    private readonly HintDesk _desk;
    private readonly ScanClock _clock;

    // Only the loop reads and writes these.
    private readonly List<Hint> _taken = [];
    private bool _roundRuns;
    private bool _sweeping;
    private bool _scannedOnce;
    private bool _trusted;
    private long _rootSeen;
    private long _beingWrittenSeen;
    private string? _toldShortfall;
    private string? _trouble;

    public RootWatch(WatchOrder order, ShoreRoot root, IHintSource hints, Quiet quiet)
    {
        _order = order;
        _root = root;
        _hints = hints;
        _quiet = quiet;
        _table = new(order.Limits.SettlingFiles);
        _refusals = new(order.Name, order.Ledger, order.Logger, order.Limits.RememberedRefusals);
        _review = new(order, root, _refusals);
        _intake = new(order, root, _table, _refusals);
        _withdrawals = new(order, root);
        _scan = new(order, root, hints, _table, _refusals, _intake);
        _desk = new(order, root, _table, _refusals, _intake, _scan, _withdrawals);
        _clock = new(order, root, hints);
        _rootSeen = order.Time.GetTimestamp();
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await _refusals.LoadAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _order.State.ComeRound();
            bool worked = await TakeHintsAsync(cancellationToken).ConfigureAwait(false);
            worked |= await LookAgainAsync(cancellationToken).ConfigureAwait(false);
            if (!RootIsThere())
            {
                return;
            }

            worked |= await ScanAsync(cancellationToken).ConfigureAwait(false);
            Tell();
            if (!worked)
            {
                TellQuiet();
                TellBeingWritten();
                await _order.Bell.WaitAsync(Patience(), _order.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public void Dispose()
    {
        _scan.Dispose();
        _hints.Dispose();
    }

    private async Task<bool> TakeHintsAsync(CancellationToken cancellationToken)
    {
        _taken.Clear();
        _hints.Take(_taken, HintsAStep);
        while (_taken.Count < HintsAStep && _order.Asked.TryDequeue(out BytePath asked))
        {
            _taken.Add(new(HintKind.Touched, asked));
        }

        if (_taken.Count == 0)
        {
            return false;
        }

        await _desk.ApplyAsync(_taken, cancellationToken).ConfigureAwait(false);
        if (_desk.Lost)
        {
            _desk.Lost = false;
            _clock.Wanted = true;
            _order.Logger.HintsLost(_order.Name);
        }

        return true;
    }

    private async Task<bool> LookAgainAsync(CancellationToken cancellationToken)
    {
        List<SettlingFile> due = _table.TakeDue(_order.Time.GetTimestamp(), DueAStep);
        if (due.Count > 0)
        {
            await _desk.LookAgainAsync(due, cancellationToken).ConfigureAwait(false);
        }

        return due.Count > 0;
    }

    private bool RootIsThere()
    {
        if (!_desk.RootTouched && _order.Time.GetElapsedTime(_rootSeen) < _order.Limits.RootPatience)
        {
            return true;
        }

        _desk.RootTouched = false;
        _rootSeen = _order.Time.GetTimestamp();
        return _root.StillThere();
    }

    private async Task<bool> ScanAsync(CancellationToken cancellationToken)
    {
        // Files that found no place in the table need room first; they will have settled by then, and need none.
        bool roomAgain = !_intake.LeftSomeOut || _table.Count * 2 < _order.Limits.SettlingFiles;
        if (!_roundRuns && roomAgain && (_clock.Left <= TimeSpan.Zero))
        {
            _intake.LeftSomeOut = false;
            _roundRuns = true;
            _scan.FilesSeen = 0;
            _scan.Trouble = null;
            _withdrawals.Trouble = null;
            _intake.Trouble = null;
            _clock.Begin();
            _hints.BeginRound();
            _scan.Add(default);
        }

        bool busy = _scan.Busy || _withdrawals.Busy;
        if (_scan.Busy)
        {
            await _scan.StepAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_roundRuns && !_sweeping && !_scan.Busy)
        {
            _hints.EndRound();
            _sweeping = true;
            if (await IsTrustedAsync(cancellationToken).ConfigureAwait(false))
            {
                _withdrawals.Sweep(default);
            }
        }

        if (_withdrawals.Busy)
        {
            await _withdrawals.StepAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_sweeping && !_withdrawals.Busy)
        {
            await EndRoundAsync(cancellationToken).ConfigureAwait(false);
        }

        _clock.Wanted |= _intake.LeftSomeOut;
        return busy;
    }

    /// <summary>
    /// An empty directory where the ledger knows files may be the mount point of a disk that is not there: what it lacks is not taken as
    /// deleted. Once anything was seen in it, or nothing was missed, it is what it says. An archive alone, which somebody may have made below the
    /// disk, counts where the files lay on the file system that is there now.
    /// </summary>
    private async Task<bool> IsTrustedAsync(CancellationToken cancellationToken)
    {
        if (!_trusted && !_scan.FoundAnything)
        {
            IReadOnlyList<BytePath> first = await _order.Ledger.LivePathsAsync(_order.Name, after: null, 1, cancellationToken).ConfigureAwait(false);
            _trusted = first.Count == 0 || (_scan.FoundArchive && await LieHereAsync(first, cancellationToken).ConfigureAwait(false));
        }

        _trusted |= _scan.FoundAnything;
        if (!_trusted)
        {
            _scan.Trouble = $"Could not find anything in {DisplayText.Escape(_root.Location)}, where files wait to be sent: is it mounted? Nothing is taken as deleted; "
                + "if it really was emptied, put any file there.";
        }

        return _trusted;
    }

    private async Task<bool> LieHereAsync(IReadOnlyList<BytePath> files, CancellationToken cancellationToken) =>
        !_root.FilesHaveDeviceOfDirectory
        || (await _order.Ledger.DevicesAsync(_order.Name, files, cancellationToken).ConfigureAwait(false)).All(device => device == _root.Look(default)?.Stamp.Device);

    private async Task EndRoundAsync(CancellationToken cancellationToken)
    {
        if (_trusted)
        {
            await _review.RunAsync(cancellationToken).ConfigureAwait(false);
        }

        _roundRuns = false;
        _sweeping = false;
        TimeSpan took = _clock.End();
        _clock.Troubled = (_scan.Trouble ?? _withdrawals.Trouble) is not null;

        // A scan that found nothing new is the normal case, many times a day.
        LogLevel level = _scannedOnce && _table.Count == 0 ? LogLevel.Debug : LogLevel.Information;
        _order.Logger.Scanned(level, _order.Name, _scan.FilesSeen, _table.Count, (long)took.TotalMilliseconds);
        Tell();
        if (_root.StillThere())
        {
            _scannedOnce = true;
            _quiet.Scanned();
        }
    }

    private void Tell()
    {
        string? trouble = _scan.Trouble ?? _withdrawals.Trouble ?? _intake.Trouble;
        if (trouble is not null && trouble != _trouble)
        {
            _order.Logger.Trouble(_order.Name, trouble);
        }

        string? shortfall = _hints.Shortfall;
        if (shortfall is not null && shortfall != _toldShortfall)
        {
            _order.Logger.Shortfall(_order.Name, shortfall);
        }

        // While a round runs the reasons are being found anew.
        if (!_roundRuns || trouble is not null || shortfall is not null)
        {
            _trouble = trouble;
            _toldShortfall = shortfall;
            _order.State.Problem = trouble ?? shortfall;
        }

        _order.State.SettlingFiles = _table.Count;
        _order.State.Word = _roundRuns ? "scanning" : _root.IsNetworkFileSystem || shortfall is not null ? "watching by scans only" : "watching";
    }

    private void TellQuiet()
    {
        if (_scannedOnce && !_clock.Wanted && !_roundRuns && _quiet.Wanted && _table.Files.All(IsWritten))
        {
            SettlingFile[] writing = [.. _table.Files];
            Array.ForEach(writing, TellOnce);
            _quiet.Reached([.. writing.Select(file => file.Path)]);
        }
    }

    private void TellBeingWritten()
    {
        if (_order.Time.GetElapsedTime(_beingWrittenSeen) >= TellEvery)
        {
            _beingWrittenSeen = _order.Time.GetTimestamp();
            SettlingFile[] first = [.. _table.Files.Where(IsOverdue).Take(MostShown)];
            Array.ForEach(first, TellOnce);
            _order.State.BeingWritten = [.. first.Select(file => file.Path.ToString())];
        }
    }

    private void TellOnce(SettlingFile file)
    {
        if (!file.Told)
        {
            file.Told = true;
            _order.Logger.StillWriting(_order.Name, file.Path);
        }
    }

    // One that is closed and opened again faster than it can settle is being written as well.
    private bool IsWritten(SettlingFile file) => file.Writing || IsOverdue(file);

    // One whose time has come was not looked at yet: that is no fault of its own.
    private bool IsOverdue(SettlingFile file) => !file.Unseen && file.Due > _order.Time.GetTimestamp() && _order.Time.GetElapsedTime(file.FirstSeen) > (_order.Limits.LongestSettling ?? _intake.Stillness.Patience);

    private TimeSpan Patience()
    {
        TimeSpan patience = _order.Limits.RootPatience - _order.Time.GetElapsedTime(_rootSeen);
        if (_clock.Left < patience && !_roundRuns && (!_intake.LeftSomeOut || _table.Count * 2 < _order.Limits.SettlingFiles))
        {
            patience = _clock.Left;
        }

        if (_table.NextDue is { } due)
        {
            TimeSpan left = _order.Time.GetElapsedTime(_order.Time.GetTimestamp(), due);
            patience = left < patience ? left : patience;
        }

        return patience > ShortestWait ? patience : ShortestWait;
    }
}
