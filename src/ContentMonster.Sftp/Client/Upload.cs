using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using ContentMonster.Sftp.Wire;

namespace ContentMonster.Sftp.Client;

/// <summary>One upload under way.</summary>
/// <remarks>
/// Implementation notes.
/// Two tasks touch it: its own, which reads the source and sends, and the session's receive loop, which settles replies. All that changes is guarded
/// by the session's gate, but for the bytes sent, which only its own task writes.
/// It waits for one thing at a time (window, or the last replies), so it is its own awaitable and its own work item: a write allocates nothing.
/// It outlives its caller: after a cancellation the table still points here until the last reply, and the window is given back then.
/// The callback runs on the receive loop, outside the gate; nobody is told anything after the caller's task has completed.
/// </remarks>
internal sealed class Upload : IValueTaskSource<int>, IThreadPoolWorkItem
{
    // Shorter writes are cheaper to copy. The head is what the other end has to do while the rest is moved.
    private const int LeastToMove = 32 * 1_024;
    private const int HeadOfMoved = 4 * 1_024;

    // Never changes.
    private readonly Session _session;
    private readonly SftpHandle _handle;
    private readonly IUploadSource _source;
    private readonly long _sourceOffset;
    private readonly long _remoteOffset;
    private readonly long _length;
    private readonly Action<long>? _acknowledged;

    // Changes, guarded by the session's gate.
    private readonly WriteRing _ring = new();
    private ManualResetValueTaskSourceCore<int> _signal;
    private Wait _wait;
    private int _granted;
    private long _sent;
    private long _safe;
    private int _inFlight;
    private bool _gap;
    private bool _stopped;
    private bool _left;
    private bool _telling;
    private Exception? _failure;

    public Upload(Session session, SftpHandle handle, IUploadSource source, long sourceOffset, long remoteOffset, long length, Action<long>? acknowledged)
    {
        _session = session;
        _handle = handle;
        _source = source;
        _sourceOffset = sourceOffset;
        _remoteOffset = remoteOffset;
        _length = length;
        _acknowledged = acknowledged;
    }

    private enum Wait
    {
        Nothing,
        Window,
        LastReplies,
    }

    public long BytesToSend => _length - _sent;

    public bool AwaitsWindow => _wait == Wait.Window;

    private bool MayLeave => !_telling && (_inFlight == 0 || _left);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using (cancellationToken.UnsafeRegister(static state => ((Upload)state!).Leave(null), this))
        {
            try
            {
                await SendAllAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                await StopAsync().ConfigureAwait(false);
            }
        }

        lock (_session.Gate)
        {
            if (_failure is not null)
                throw _failure;
            if (_safe == _length)
                return;
        }

        cancellationToken.ThrowIfCancellationRequested();
        _session.ThrowIfBroken();
        throw new UnreachableException("An upload stopped without a reason.");
    }

    /// <summary>Takes in one reply, under the gate; true where <see cref="Tell"/> is to be called outside of it.</summary>
    public bool Settle(in Pending write, in Reply reply, TimeSpan now)
    {
        bool written = reply.Status == SftpStatus.Ok;
        int length = _ring.Settle(write.Sequence, written);
        _session.WriteAnswered();
        if (written)
            _session.WriteAcknowledged(length, write.SentAt, now);
        else
            Refuse(reply);
        _inFlight--;
        if (--_handle.WritesInFlight == 0)
            HandleIsIdle();

        bool advanced = false;
        while (_ring.TryPop(out int popped, out bool counts))
        {
            _session.Window.Release(popped);
            _gap |= !counts;
            if (!_gap)
            {
                _safe += popped;
                advanced = true;
            }
        }

        _telling = advanced && _acknowledged is not null && !_left;
        WakeIfDone();
        return _telling;
    }

    public void Tell()
    {
        Exception? trouble = null;
        try
        {
            _acknowledged!(_safe); // Only the receive loop writes it, and that is where this runs.
        }
        catch (Exception thrown) // The caller's own fault must end its upload, not everybody's session.
        {
            trouble = thrown;
        }

        lock (_session.Gate)
        {
            _telling = false;
            _failure ??= trouble;
            _stopped |= trouble is not null;
            WakeIfDone();
        }
    }

    /// <summary>The caller cancelled, or the session is over: no reply is waited for.</summary>
    public void Leave(Exception? failure)
    {
        lock (_session.Gate)
        {
            _failure ??= failure;
            _left = true;
            _stopped = true;
            WakeIfDone();
        }
    }

    /// <summary>Reads what the kernel could not move of a write that has begun to leave. False: the upload has failed for it, and the session has to end.</summary>
    public bool TryReadMoved(long offset, Span<byte> buffer)
    {
        Exception failure;
        try
        {
            int read = _source.Read(offset, buffer);
            if (read == buffer.Length)
                return true;
            failure = Ended(offset + Math.Max(read, 0));
        }
        catch (Exception trouble) // The source's own trouble is its upload's, as it is in TrySend.
        {
            failure = trouble;
        }

        Leave(failure);
        return false;
    }

    /// <summary>The file that is written to.</summary>
    public ReadOnlyMemory<byte> Path => _handle.Path;

    public void HandleIsIdle() => _handle.Idle?.TrySetResult();

    /// <summary>Called under the gate by the window.</summary>
    public void Grant(int bytes) => Wake(bytes);

    void IThreadPoolWorkItem.Execute() => _signal.SetResult(_granted);

    int IValueTaskSource<int>.GetResult(short token) => _signal.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _signal.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _signal.OnCompleted(continuation, state, token, flags);

    private async Task SendAllAsync(CancellationToken cancellationToken)
    {
        IUploadThrottle? throttle = _session.Options.Throttle;
        using CancellationTokenSource? either = throttle is null ? null : CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _session.EndedToken);
        int granted;
        while ((granted = await TakeWindowAsync().ConfigureAwait(false)) > 0)
        {
            bool sent = false;
            try
            {
                if (throttle is not null)
                    await throttle.TakeAsync(granted, either!.Token).ConfigureAwait(false);
                sent = TrySend(granted);
            }
            catch (OperationCanceledException) when (either?.IsCancellationRequested == true)
            {
                // The one who cancelled is told apart at the end.
                return;
            }
            finally
            {
                if (!sent)
                    GiveBack(granted);
            }
        }
    }

    private ValueTask<int> TakeWindowAsync()
    {
        lock (_session.Gate)
        {
            // After the end nobody gives the window back, nor tells one that comes to wait for it only now.
            if (_stopped || BytesToSend == 0 || _session.Broken is not null)
                return new ValueTask<int>(0);
            int granted = _session.Window.TakeOrQueue(this);
            return granted > 0 ? new ValueTask<int>(granted) : Await(Wait.Window);
        }
    }

    private ValueTask<int> StopAsync()
    {
        lock (_session.Gate)
        {
            _stopped = true;
            return MayLeave ? new ValueTask<int>(0) : Await(Wait.LastReplies);
        }
    }

    private ValueTask<int> Await(Wait what)
    {
        _signal.Reset();
        _wait = what;
        return new ValueTask<int>(this, _signal.Version);
    }

    private bool TrySend(int length)
    {
        SafeHandle? file = length >= LeastToMove && _session is { FileSender: not null, Window.IsNearby: true } ? _source.File : null;
        int head = file is null ? length : HeadOfMoved;
        var packet = new PacketWriter(PacketType.Write, WireLimits.MaxHandle + head + (3 * sizeof(long)));
        bool handedOver = false;
        try
        {
            packet.String(_handle.Value);
            packet.UInt64((ulong)(_remoteOffset + _sent));
            int read = _source.Read(_sourceOffset + _sent, packet.Data(length, head));
            if (read != head)
                throw Ended(_sourceOffset + _sent + Math.Max(read, 0));
            lock (_session.Gate)
            {
                if (_stopped)
                    return false;
                _handle.ThrowIfClosed();
                _session.ThrowIfBroken();
                FileTail tail = file is null ? default : FileTail.Of(file, _sourceOffset + _sent + head, length - head);
                handedOver = true;
                _session.PostWrite(this, _ring.Add(length), packet.Finish(length, tail));
                _handle.WritesInFlight++;
                _inFlight++;
                _sent += length;
            }
        }
        finally
        {
            if (!handedOver)
                packet.Drop();
        }

        return true;
    }

    private EndOfStreamException Ended(long at) => new($"Could not send the source, because it ends at {at} where {_sourceOffset + _length} bytes were there before.");

    private void GiveBack(int bytes)
    {
        lock (_session.Gate)
            _session.Window.GiveBack(bytes);
    }

    private void Refuse(in Reply reply)
    {
        _failure ??= reply.Failure($"write to the file after {_safe} bytes");
        _stopped = true;
    }

    private void WakeIfDone()
    {
        if ((_wait == Wait.Window && _stopped) || (_wait == Wait.LastReplies && MayLeave))
            Wake(0);
    }

    private void Wake(int granted)
    {
        _wait = Wait.Nothing;
        _granted = granted;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }
}
