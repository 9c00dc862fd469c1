using ContentMonster.Configuration;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Shore;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Archiving;

/// <summary>
/// Takes files that all vessels have out of the way: one archiver a directory. Implementation notes.
/// <para>Order: booked as archiving with its place, moved without replacing anything, looked at again, both directories made durable,
/// booked as archived. A crash at any line is settled at the next start by looking at both places.</para>
/// <para>All goes through the held directory (<see cref="ShoreRoot"/>): a parent swapped for a link leads nowhere.</para>
/// </summary>
internal sealed class Archiver(DirectorySettings directory, ILedger ledger, TimeProvider time, ILogger logger)
{
    private const int MostAtOnce = 1000;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(50);
    // Only RunAsync's own task touches these.
    private readonly Departure _departure = new(directory, ledger, time, logger);
    private readonly ArchiveHold _hold = new(directory, ledger, time);
    private readonly ArchiveNews _news = new(directory, logger);
    private readonly LeftOut<long> _leftOut = new(time, LookAgain);

    // All that are to be settled as one.
    private readonly LeftOut<long> _settling = new(time, LookAgain);
    private ShoreRoot? _root;
    private bool _toldOutOfReach;

    // Anybody sets it; RunAsync's own task takes it back.
    private int _tryAll;
    private long _handled;

    /// <summary>Rings when a delivery was booked, or a directory came back.</summary>
    public Bell Work { get; } = new();

    /// <summary>Told of a file in place that is not the version that was sent.</summary>
    public Action<BytePath> Changed
    {
        get => _departure.Changed;
        init => _departure.Changed = value;
    }

    /// <summary>True while nothing is being archived and no moved file is still being watched that somebody may have open for writing.</summary>
    public bool IsQuiet { get; private set; }

    /// <summary>How many files it has taken out of their places.</summary>
    public long Handled => Volatile.Read(ref _handled);

    /// <summary>What could not be archived is tried again at once.</summary>
    public void TryNow()
    {
        Volatile.Write(ref _tryAll, 1);
        Work.Ring();
    }

    /// <summary>Until the token ends it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Its disk may be slow: whoever starts it does not wait for that.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            while (true)
            {
                IsQuiet = false;
                if (Interlocked.Exchange(ref _tryAll, 0) != 0)
                {
                    _leftOut.Clear();
                    _settling.Clear();
                }

                if (Reach())
                {
                    await _hold.TakeAsync(_root!, cancellationToken).ConfigureAwait(false);
                    _departure.From(_root!);
                    await SettleAsync(cancellationToken).ConfigureAwait(false);
                    await ArchiveAllAsync(cancellationToken).ConfigureAwait(false);
                    _departure.Late.Look(_root!);
                }

                IsQuiet = _departure.Late.Doubtful == 0;
                TimeSpan patience = new[] { _departure.Late.Left, _leftOut.Left, _departure.Unsettled ? _settling.Left : LookAgain, LookAgain }.Min();
                await Work.WaitAsync(patience > ShortestWait ? patience : ShortestWait, time, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            // Begun again after trouble with the ledger it must open the directory anew: the number of a closed descriptor may be anybody's by then.
            _root?.Dispose();
            _root = null;
            _departure.Unsettled = true;
            _settling.Clear();
        }
    }

    // Booked as archiving and not as archived: the last daemon ended in between. What is where tells how far it had come.
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        _settling.BeginPass();
        if (!_departure.Unsettled || _settling.Holds(default))
        {
            return;
        }

        // Before the work: what cannot be settled now says so by taking this back.
        _departure.Unsettled = false;
        foreach ((FileVersion, BytePath?)[] some in (await ledger.UnderArchivingAsync(directory.Name, cancellationToken).ConfigureAwait(false)).Chunk(MostAtOnce))
        {
            await FinishAsync(some, settling: true, cancellationToken).ConfigureAwait(false);
        }

        if (_departure.Unsettled)
        {
            _settling.Add(default);
        }

        _settling.EndPass();
    }

    private async Task ArchiveAllAsync(CancellationToken cancellationToken)
    {
        long after = 0;
        _leftOut.BeginPass();
        while (true)
        {
            IReadOnlyList<FileVersion> complete = await ledger.CompleteAsync(directory.Name, after, MostAtOnce, cancellationToken).ConfigureAwait(false);
            if (complete.Count == 0)
            {
                _leftOut.EndPass();
                return;
            }

            after = complete[^1].Id;
            (FileVersion Version, BytePath? Place)[] planned = [.. complete.Where(version => !_leftOut.Holds(version.Id)).Select(version => (version, _departure.PlaceFor(version)))];
            if (planned.Length == 0)
            {
                continue;
            }

            try
            {
                await ledger.ArchivingAsync([.. planned.Select(one => (one.Version.Id, one.Place))], cancellationToken).ConfigureAwait(false);
            }
            catch (LedgerStateException)
            {
                // One of them was superseded since it was read: the list is read again.
                after = 0;
                continue;
            }

            await FinishAsync(planned, settling: false, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task FinishAsync(IReadOnlyList<(FileVersion Version, BytePath? Place)> planned, bool settling, CancellationToken cancellationToken)
    {
        var ended = new List<(FileVersion Version, BytePath? Place, ArchiveEnd End)>();
        var touched = new HashSet<BytePath>();
        var failed = new List<(BytePath Path, string Reason)>();
        _departure.Lost.Clear();
        _root!.HoldFolders();
        try
        {
            foreach ((FileVersion version, BytePath? place) in planned)
            {
                if (await TryFinishAsync(version, place, settling, touched, failed, cancellationToken).ConfigureAwait(false) is { } end)
                {
                    ended.Add((version, end.Place, end.End));
                    Volatile.Write(ref _handled, _handled + (settling ? 0 : 1));
                }
            }
        }
        finally
        {
            _root.LetGoOfFolders();
            _news.Tell(failed);
            _news.TellLost(_departure.Lost);
        }

        (long Id, string Reason)[] heldUp = [.. _departure.Lost.Select(one => (one.Version.Id, one.Reason))];
        if (Sync(touched) is string reason)
        {
            // Not durable, so not booked: they are looked for where they were moved to, once more, when the archiver comes round again.
            _departure.Unsettled = true;
            heldUp = [.. heldUp, .. ended.Select(one => (one.Version.Id, reason))];
            ended.Clear();
        }

        if (heldUp.Length > 0)
        {
            await ledger.ArchiveHeldUpAsync(heldUp, cancellationToken).ConfigureAwait(false);
        }

        // Crash here: moved and not booked; the next start finds it in its place and books it.
        await ledger.ArchivedAsync([.. ended.Select(one => (one.Version.Id, one.End))], cancellationToken).ConfigureAwait(false);
        _news.Tell(ended);
    }

    // Null: it was not archived, and that has been booked.
    private async Task<(BytePath? Place, ArchiveEnd End)?> TryFinishAsync(
        FileVersion version, BytePath? place, bool settling, HashSet<BytePath> touched, List<(BytePath Path, string Reason)> failed, CancellationToken cancellationToken)
    {
        try
        {
            return await _departure.FinishAsync(version, place, settling, touched, cancellationToken).ConfigureAwait(false);
        }
        catch (ShoreException exception)
        {
            _leftOut.Add(version.Id);
            failed.Add((version.Path, exception.Message));
            await ledger.ArchiveFailedAsync(version.Id, exception.Message, cancellationToken).ConfigureAwait(false);
            return null;
        }
    }

    // Null: all is durable; else why not.
    private string? Sync(HashSet<BytePath> directories)
    {
        string? reason = null;
        foreach (BytePath one in directories)
        {
            try
            {
                _root!.Sync(one);
            }
            catch (ShoreException exception) when (exception.Failure == ShoreFailure.Missing)
            {
                // Somebody tidied up the emptied directory meanwhile: there is nothing in it that could come back.
            }
            catch (ShoreException exception)
            {
                if (reason is null)
                {
                    logger.NotDurable(directory.Name, exception.Message);
                }

                reason ??= exception.Message;
            }
        }

        return reason;
    }

    private bool Reach()
    {
        try
        {
            if (_root is not null && _root.StillThere())
            {
                return true;
            }

            _root?.Dispose();
            _root = null;
            _root = ShoreRoot.Open(directory.Location, OpenFiles.SparedByArchivers);
            _toldOutOfReach = false;
            _leftOut.Clear();
            _settling.Clear();
            return true;
        }
        catch (ShoreException trouble)
        {
            // The watcher says that the directory is missing; files wait until it is back.
            if (trouble.Failure != ShoreFailure.Missing && !_toldOutOfReach)
            {
                _toldOutOfReach = true;
                logger.OutOfReach(directory.Name, trouble.Message);
            }

            return false;
        }
    }
}
