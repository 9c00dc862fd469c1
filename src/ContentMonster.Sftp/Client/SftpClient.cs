using ContentMonster.Sftp.Wire;

namespace ContentMonster.Sftp.Client;

/// <summary>One SFTP v3 session (draft-ietf-secsh-filexfer-02) over a byte stream, any number of requests in flight.</summary>
/// <remarks>
/// <para>Safe for any number of callers at once. Paths are the server's bytes, at most 32 KiB, without NUL (<see cref="ArgumentException"/>, nothing is sent).</para>
/// <para>Every operation throws <see cref="SftpStatusException"/> where the server refuses it (the session goes on) and an
/// <see cref="SftpConnectionException"/> or one of its kinds where the session is over. A cancelled operation may still be carried out by the server:
/// its reply is taken in and dropped, and a handle that comes so is closed.</para>
/// </remarks>
public sealed partial class SftpClient : IAsyncDisposable
{
    private static readonly TimeSpan LoopsGrace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestPatience = TimeSpan.FromSeconds(1);

    private readonly Session _session;
    private readonly SendLoop _sendLoop;
    private readonly Task _loops;

    // Written again once, when the server has told its limits.
    private volatile SftpServerFacts _server;

    private SftpClient(Session session, SendLoop sendLoop, Task loops, IReadOnlyDictionary<string, string> extensions)
    {
        _session = session;
        _sendLoop = sendLoop;
        _loops = loops;
        _server = SftpHello.Facts(extensions, new ServerLimits(0, 0, 0, 0));
        LimitsKnown = LearnLimitsAsync(extensions);
    }

    /// <summary>What the server said of itself at the start. Its limits are those that every server has, until <see cref="LimitsKnown"/>.</summary>
    public SftpServerFacts Server => _server;

    /// <summary>Completes (never faults) when <see cref="Server"/> has the server's own limits, or when it will never have them.</summary>
    public Task LimitsKnown { get; }

    /// <summary>Why the session ended, or null while it lives. Kept once and told to every later caller.</summary>
    public Exception? Broken => _session.Broken;

    /// <summary>Completes (never faults) when the session has ended for whatever reason.</summary>
    public Task Ended => _session.Ended;

    /// <summary>
    /// Ends the session if it is owed no reply and no sign of life has come over its connection for <see cref="SftpOptions.LinkPatience"/>, less a quarter or 2 s.
    /// To be called when another connection has been silent for as long.
    /// </summary>
    public void EndIfLinkIsGone() => _session.EndIfLinkIsGone();

    /// <summary>File bytes written by <see cref="UploadAsync"/> and acknowledged by the server in this session.</summary>
    public long BytesAcknowledged => _session.BytesAcknowledged;

    /// <summary>File bytes handed to the transport by <see cref="UploadAsync"/> in this session.</summary>
    public long BytesSent => _sendLoop.FileBytes;

    /// <summary>File bytes of uploads that may be in flight now; grows while acknowledgements come promptly.</summary>
    public int WindowInBytes => _session.Window.Bytes;

    /// <summary>What <see cref="WindowInBytes"/> grows to at the most.</summary>
    public int MostInFlightInBytes => UploadWindow.Most(_session.RoundTrip);

    /// <summary>Smallest time from request to reply seen in this session; zero before the first reply.</summary>
    public TimeSpan RoundTrip => _session.RoundTrip;

    /// <summary>Begins a session; it owns the transport from here on, also where this fails.</summary>
    /// <exception cref="SftpStalledException">No version within <see cref="SftpOptions.HelloPatience"/>.</exception>
    /// <exception cref="SftpProtocolException">The server speaks another version, or not SFTP at all.</exception>
    /// <exception cref="SftpConnectionException">The transport closed or failed.</exception>
    public static async Task<SftpClient> ConnectAsync(Stream transport, SftpOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Patience, ShortestPatience, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.HelloPatience, ShortestPatience, nameof(options));
        var session = new Session(transport, options);
        var sendLoop = new SendLoop(session);
        var receiveLoop = new ReceiveLoop(session);
        Task loops = Task.WhenAll(Task.Run(sendLoop.RunAsync, CancellationToken.None), Task.Run(receiveLoop.RunAsync, CancellationToken.None));
        try
        {
            using ITimer deadline = options.Time.CreateTimer(static state => ((Session)state!).EndUngreeted(), session, options.HelloPatience, Timeout.InfiniteTimeSpan);
            await Task.WhenAny(receiveLoop.Hello, session.Ended).WaitAsync(cancellationToken).ConfigureAwait(false);
            session.ThrowIfBroken();
            return new SftpClient(session, sendLoop, loops, await receiveLoop.Hello.ConfigureAwait(false));
        }
        catch
        {
            await CloseAsync(session, loops).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends the session, faults what is pending and disposes the transport.</summary>
    public async ValueTask DisposeAsync() => await CloseAsync(_session, _loops).ConfigureAwait(false);

    private static async Task CloseAsync(Session session, Task loops)
    {
        session.End(new SftpConnectionException("Could not go on with the session, because it was closed on this side."));

        // A transport that does not let go of a read or write when it is disposed must not hold the caller. The clock is the real one: this waits for threads.
        await Task.WhenAny(loops, Task.Delay(LoopsGrace, TimeProvider.System)).ConfigureAwait(false);
    }

    private async Task LearnLimitsAsync(IReadOnlyDictionary<string, string> extensions)
    {
        try
        {
            _server = await SftpHello.AskLimitsAsync(_session, extensions).ConfigureAwait(false);
        }
        catch (SftpConnectionException)
        {
            // The session is over; whoever uses it is told.
        }
    }

    private Task<Reply> CallAsync(ReadOnlyMemory<byte> path, ReplyKind kind, OutgoingPacket packet, CancellationToken cancellationToken) =>
        _session.CallAsync(path, kind, packet, 0, _session.Options.Patience, cancellationToken);

    private async Task DoAsync(OutgoingPacket packet, string doing, ReadOnlyMemory<byte> path, CancellationToken cancellationToken)
    {
        Reply reply = await CallAsync(path, ReplyKind.Status, packet, cancellationToken).ConfigureAwait(false);
        reply.ThrowUnlessOk(doing, path.Span);
    }

    private static ReadOnlySpan<byte> Checked(ReadOnlyMemory<byte> path)
    {
        if (path.Span.Contains((byte)0))
            throw new ArgumentException("Could not send the path, because it holds a NUL: OpenSSH ends the session on one.", nameof(path));
        if (path.Length > WireLimits.MaxPath)
            throw new ArgumentException($"Could not send the path, because it has {path.Length} bytes and {WireLimits.MaxPath} are allowed.", nameof(path));
        return path.Span;
    }

    private ReadOnlySpan<byte> Checked(SftpHandle handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        handle.ThrowIfNotOf(_session);
        return handle.Value;
    }

    private void Require(string extension, string doing)
    {
        if (!Server.Has(extension))
            throw new SftpStatusException(SftpStatus.OperationUnsupported, $"Could not {doing}, because the server lacks {extension}.");
    }
}
