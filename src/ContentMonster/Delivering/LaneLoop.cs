using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>
/// One lane at work: takes pieces as long as it has room and sends them side by side, so that the line is never idle between two. Its room is
/// little more than its window, and its share of all that is to be sent: what a slow lane has taken no other can send.
/// </summary>
/// <param name="moved">Told how many bytes more are acknowledged.</param>
/// <param name="windows">The windows of all lanes together, in bytes: of all that is to be sent each has the share that its own window, which grows with its rate, has of that. A lane that carries nothing takes a piece all the same.</param>
internal sealed class LaneLoop(IVesselLane lane, LoadingDock dock, Action<long> moved, Func<long> windows)
{
    private const int RoomInPieces = 64;

    // What is carried, in windows: so that one is full also while the next file is being opened.
    private const double MostWindows = 2;

    // Of one file, which is open, only so much behind the window: whatever more a lane holds that has lost its speed keeps the others waiting at the end. (Of
    // several it is two windows: with less, 24 files of 4 MiB took 4 % longer over 100 Mbit/s and 80 ms.)
    private const int MostWaiting = 64 << 10;
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _carried = []; // guarded by _gate
    private readonly SemaphoreSlim _roomier = new(0);

    // Guarded by _gate.
    private readonly Dictionary<BytePath, int> _piecesOf = [];
    private long _bytes;
    private VesselException? _fault;
    private bool _waits;

    private bool HasRoom
    {
        get
        {
            if (_carried.Count is 0 or >= RoomInPieces)
            {
                return _carried.Count == 0;
            }

            double window = lane.Signs.WindowInBytes;
            bool isSame = _piecesOf.Count == 1 && dock.NextFile is BytePath next && _piecesOf.ContainsKey(next);
            double most = isSame ? window + Math.Min(window, MostWaiting) : window * MostWindows;
            return _bytes < most && _bytes / window < (double)dock.Outstanding / windows();
        }
    }

    /// <summary>Until the lane breaks (its fault), the token ends it, or it is no longer wanted and has brought home what it carried (both null).</summary>
    public async Task<VesselException?> RunAsync(CancellationToken unwanted, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var taking = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, unwanted);
        Task ended = EndWithLaneAsync(stop, cancellationToken);
        dock.Arrived += Reconsider;
        try
        {
            while (true)
            {
                await RoomAsync(taking.Token).ConfigureAwait(false);

                // Pieces hear of a break one by one, and this loop last: it would fill the room that they leave with what other lanes can send.
                stop.Token.ThrowIfCancellationRequested();
                Piece piece = await dock.TakeAsync(taking.Token).ConfigureAwait(false);
                Carry(piece, stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Broken, stopped or not wanted: which one, is seen below.
        }
        finally
        {
            dock.Arrived -= Reconsider;
        }

        await Task.WhenAll(Carried()).ConfigureAwait(false);
        if (unwanted.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            return null;
        }

        await ended.ConfigureAwait(false);
        return cancellationToken.IsCancellationRequested ? null : _fault ?? lane.Fault ?? new VesselException(FailureKind.ConnectionLost, "Could not keep a lane open, because the connection ended.");
    }

    private async Task EndWithLaneAsync(CancellationTokenSource stop, CancellationToken cancellationToken)
    {
        try
        {
            await lane.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Stopped before the lane ended: its owner closes it.
        }
    }

    private async Task RoomAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (_gate)
            {
                if (HasRoom)
                {
                    return;
                }

                _waits = true;
            }

            await _roomier.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Carry(Piece piece, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _bytes += piece.Length;
            _piecesOf[piece.File] = _piecesOf.GetValueOrDefault(piece.File) + 1;
            Task carried = Task.Run(() => CarryAsync(piece, cancellationToken), CancellationToken.None);
            _carried.Add(carried);
            _ = carried.ContinueWith(Remove, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private void Remove(Task carried)
    {
        lock (_gate)
        {
            _carried.Remove(carried);
            WakeIfRoomier();
        }
    }

    // More to be dealt out is a larger share.
    private void Reconsider(object? dock, EventArgs arrived)
    {
        lock (_gate)
        {
            WakeIfRoomier();
        }
    }

    // Under the gate. The room itself grows with the lane's window, so it is looked at whenever something has left.
    private void WakeIfRoomier()
    {
        if (_waits && HasRoom)
        {
            _waits = false;
            _roomier.Release();
        }
    }

    private Task[] Carried()
    {
        lock (_gate)
        {
            return [.. _carried];
        }
    }

    private async Task CarryAsync(Piece piece, CancellationToken cancellationToken)
    {
        long left = piece.Length;
        void Moved(long more)
        {
            left -= more;
            Unload(more);
            moved(more);
        }

        try
        {
            await piece.SendAsync(lane, Moved, cancellationToken).ConfigureAwait(false);
            piece.Succeeded();
        }
        catch (OperationCanceledException)
        {
            // The lane broke, or the visit ends: either way it is the link's matter, and the piece is put on the dock again if there is one.
            piece.Failed(new VesselException(FailureKind.ConnectionLost, "Could not go on sending, because the lane was closed."));
        }
        catch (Exception exception)
        {
            Note(exception as VesselException);
            piece.Failed(exception);
        }
        finally
        {
            Unload(left);
        }

        if (IsLastOf(piece.File))
        {
            await ReleaseAsync(piece, cancellationToken).ConfigureAwait(false);
        }
    }

    // The file is written to its end as far as this lane is concerned; a handle too many is closed with the session at the latest.
    private async Task ReleaseAsync(Piece piece, CancellationToken cancellationToken)
    {
        try
        {
            await lane.ReleaseAsync(piece.File, cancellationToken).ConfigureAwait(false);
        }
        catch (VesselException fault)
        {
            Note(fault);
        }
        catch (OperationCanceledException)
        {
            // The visit ends, perhaps on a link that answers nothing: a daemon told to stop does not wait for it.
        }
    }

    private void Note(VesselException? fault)
    {
        if (fault is { IsOfTheLink: true })
        {
            lock (_gate)
            {
                _fault ??= fault;
            }
        }
    }

    private bool IsLastOf(BytePath file)
    {
        lock (_gate)
        {
            if (--_piecesOf[file] > 0)
            {
                return false;
            }

            _piecesOf.Remove(file);
            return true;
        }
    }

    private void Unload(long bytes)
    {
        dock.Unloaded(bytes);
        lock (_gate)
        {
            _bytes -= bytes;
            WakeIfRoomier();
        }
    }
}
