using System.Threading.Channels;
using ContentMonster.Sftp.Process;
using ContentMonster.Sftp.Wire;

namespace ContentMonster.Sftp.Client;

/// <summary>The state that the two loops, the watchdog and all callers share, and the one place where a session ends.</summary>
/// <remarks>
/// Implementation notes.
/// One gate guards the table, the window and what changes in uploads and handles; nothing is awaited and nobody's code is called under it.
/// A request joins the table and the send queue in one step, so packets leave in the order of their ids: a close never overtakes a write.
/// The queue has no limit of its own: its file bytes are within the window, its requests within <see cref="MaxPendingRequests"/>.
/// </remarks>
internal sealed class Session
{
    /// <summary>Further callers wait their turn; uploads have the window instead.</summary>
    private const int MaxPendingRequests = 1_024;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(250);

    // An acknowledgement that takes longer than this share of Patience is late.
    private const int PromptShareOfPatience = 4;

    // Never changes.
    private readonly Channel<OutgoingPacket> _queue = Channel.CreateUnbounded<OutgoingPacket>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SemaphoreSlim _slots = new(MaxPendingRequests);
    private readonly CancellationTokenSource _endedSource = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Watchdog _watchdog;
    private readonly WindowStarter _starter;
    private readonly long _origin;

    // Only the receive loop reads and writes it.
    private TimeSpan _lookedAt;

    // Changes, guarded by the gate.
    private long _bytesAcknowledged;
    private long _roundTripTicks = long.MaxValue;

    public Session(Stream transport, SftpOptions options)
    {
        Transport = transport;
        FileSender = transport as IFileSender;
        Options = options;
        EndedToken = _endedSource.Token;
        _origin = options.Time.GetTimestamp();
        Window = new UploadWindow(options.Patience / PromptShareOfPatience);
        _watchdog = new Watchdog(this, options);
        _starter = new WindowStarter(this, options);
    }

    public Stream Transport { get; }

    /// <summary>Moves a file's bytes to the transport without a copy; null: it cannot.</summary>
    public IFileSender? FileSender { get; }

    public SftpOptions Options { get; }

    public Lock Gate { get; } = new();

    public PendingTable Table { get; } = new();

    public UploadWindow Window { get; }

    public ChannelReader<OutgoingPacket> Queue => _queue.Reader;

    public CancellationToken EndedToken { get; }

    public Task Ended => _ended.Task;

    /// <summary>Written once, under the gate.</summary>
    public Exception? Broken { get; private set; }

    public TimeSpan Now => Options.Time.GetElapsedTime(_origin);

    public long BytesAcknowledged => Volatile.Read(ref _bytesAcknowledged);

    public TimeSpan RoundTrip => Volatile.Read(ref _roundTripTicks) is var ticks and not long.MaxValue ? TimeSpan.FromTicks(ticks) : TimeSpan.Zero;

    /// <param name="path">The file or directory that it is about; empty: none.</param>
    /// <param name="kind">The reply that is asked for.</param>
    /// <param name="packet">Given to the session, whatever comes of it.</param>
    /// <param name="asked">Most bytes of data the reply may carry.</param>
    /// <param name="patience">How long silence is no stall while it is pending.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Reply> CallAsync(ReadOnlyMemory<byte> path, ReplyKind kind, OutgoingPacket packet, int asked, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            packet.Drop();
            throw;
        }

        var request = new Request(kind, asked, path);
        Post(request, packet, patience > Options.Patience ? patience : Options.Patience);
        using (cancellationToken.UnsafeRegister(static (state, token) => ((Request)state!).Abandon(token), request))
            return await request.Task.ConfigureAwait(false);
    }

    /// <summary>Called under the gate, with the session known to live.</summary>
    public void PostWrite(Upload upload, long sequence, OutgoingPacket packet)
    {
        Window.Posted(packet.FileBytes, packet.WriteBytes);
        _starter.WriteLeaves();
        Enqueue(packet, new Pending(null, upload, sequence, Now, Options.Patience));
    }

    /// <summary>The transport has taken so many <see cref="OutgoingPacket.WriteBytes"/>.</summary>
    public void WritesSent(int bytes)
    {
        if (bytes == 0)
            return;
        lock (Gate)
            Window.Sent(bytes);
    }

    /// <summary>Whose write this is; null where it owes no reply any more.</summary>
    public Upload? UploadOf(in OutgoingPacket packet)
    {
        lock (Gate)
            return Table.TryGet(PacketWriter.IdOf(packet), out Pending entry) ? entry.Upload : null;
    }

    /// <summary>A write was answered, in whatever way. Called under the gate.</summary>
    public void WriteAnswered() => _starter.End();

    /// <summary>Called under the gate.</summary>
    public void WriteAcknowledged(int bytes, TimeSpan sentAt, TimeSpan now)
    {
        Window.Acknowledged(bytes, sentAt, now, RoundTrip);
        Volatile.Write(ref _bytesAcknowledged, _bytesAcknowledged + bytes);
    }

    public void BytesCame()
    {
        _watchdog.BytesCame();
        if (Options.BacklogRoundTrip is { } look && Now - _lookedAt >= BetweenLooks)
        {
            _lookedAt = Now;
            TimeSpan roundTrip = look();
            lock (Gate)
                Window.BacklogRoundTrip = roundTrip;
        }
    }

    /// <summary>Called under the gate.</summary>
    public void TimeRoundTrip(TimeSpan roundTrip)
    {
        if (roundTrip.Ticks < _roundTripTicks)
            Volatile.Write(ref _roundTripTicks, roundTrip.Ticks);
    }

    public void Complete(Request request, in Reply reply)
    {
        bool someoneWaits = request.TryComplete(reply);
        _slots.Release();
        if (!someoneWaits && reply.Value is byte[] handle && request.Kind == ReplyKind.Handle)
            CloseUnowned(handle);
    }

    public void End(Exception why)
    {
        Pending[] owed;
        Upload[] waiting;
        lock (Gate)
        {
            if (Broken is not null)
                return;
            Broken = why;
            owed = Table.TakeAll();
            waiting = Window.TakeWaiting();
            _starter.End();
            foreach (Pending entry in owed)
                entry.Upload?.HandleIsIdle();
        }

        _queue.Writer.TryComplete();
        _watchdog.Dispose();
        foreach (Pending entry in owed)
        {
            entry.Upload?.Leave(Again(why));
            entry.Request?.Fail(Again(why));
            if (entry.Request is not null)
                _slots.Release();
        }

        foreach (Upload upload in waiting)
            upload.Leave(Again(why));
        try
        {
            _endedSource.Cancel();
            Transport.Dispose();
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    public void EndUngreeted() => End(new SftpStalledException($"Could not begin a session, because the server did not say its version within {Options.HelloPatience.TotalSeconds:0.#} s."));

    public void EndIfLinkIsGone()
    {
        SftpStalledException? gone;
        LinkSigns? link = Options.Link?.Invoke();
        lock (Gate)
            gone = _watchdog.JudgeIdle(link);
        if (gone is not null)
            End(gone);
    }

    public void ThrowIfBroken()
    {
        if (Broken is Exception why)
            throw Again(why);
    }

    // Each caller gets an exception of its own: one object thrown by many at once has nobody's stack trace.
    public static Exception Again(Exception why) => why switch
    {
        SftpStalledException stalled => new SftpStalledException(why.Message) { OfTheLink = stalled.OfTheLink, First = stalled.First },
        SftpProtocolException => new SftpProtocolException(why.Message),
        _ => new SftpConnectionException(why.Message, why.InnerException),
    };

    private void Post(Request request, OutgoingPacket packet, TimeSpan patience)
    {
        bool posted = false;
        try
        {
            lock (Gate)
            {
                ThrowIfBroken();
                Enqueue(packet, new Pending(request, null, 0, Now, patience));
                posted = true;
            }
        }
        finally
        {
            // When the session ends this is the baton that wakes the next one who waits for a slot.
            if (!posted)
            {
                _slots.Release();
                packet.Drop();
            }
        }
    }

    private void Enqueue(OutgoingPacket packet, in Pending entry)
    {
        PacketWriter.SetId(packet, Table.Add(entry));
        _queue.Writer.TryWrite(packet);
        if (Table.Count == 1)
            _watchdog.RepliesAreOwed();
    }

    // The caller of an open was cancelled: without this the server would keep the handle to the end of the session.
    private void CloseUnowned(byte[] handle)
    {
        lock (Gate)
        {
            if (Broken is null && _slots.Wait(0, CancellationToken.None))
                Enqueue(RequestPackets.Handle(PacketType.Close, handle), new Pending(new Request(ReplyKind.Status, 0, default), null, 0, Now, Options.Patience));
        }
    }
}
