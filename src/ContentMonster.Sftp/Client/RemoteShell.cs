using System.Security.Cryptography;

namespace ContentMonster.Sftp.Client;

// Implementation notes
//
// One task reads everything the shell says and feeds it to whoever waits: first the hello, then the scripts in the order in which they were sent. The
// shell runs one at a time; up to three more are sent while one runs, so that no round trip passes between them. Further ones queue at a semaphore. Why
// the shell ended is kept once and told to every later caller.
//
// A caller that gives up leaves its script to run once it was sent: the shell cannot be told to stop it, nor to drop one that waits, and the next
// waits until it is over (its result goes nowhere). Who cannot wait disposes of the shell.
//
// Silence: while a script is being sent or runs, the far side prints a heartbeat, so silence for Patience means a dead link or a stopped server,
// unless the heartbeat's acknowledgements or the script starve on a link that others fill (SftpOptions.Link). A script that has begun and prints nothing
// of its own for longer than its caller allows hangs, whatever its heartbeat says. An idle shell is silent and not watched.

/// <summary>One long-lived POSIX sh on the server ("ssh HOST exec sh"), scripts on its standard input, answers framed by tokens.</summary>
public sealed class RemoteShell : IAsyncDisposable
{
    /// <summary>A heartbeat comes at least three times in this.</summary>
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(3);

    private readonly Stream _transport;
    private readonly RemoteShellOptions _options;
    private readonly TimeSpan _patience;

    // One that runs, and those that wait for it on the server.
    private readonly SemaphoreSlim _turn = new(4, 4);
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _gate = new();
    private readonly ITimer _silence;

    // Set once, before the shell is handed out.
    private Task _reading = Task.CompletedTask;

    // Guarded by _gate.
    private readonly Queue<Asked> _asked = [];
    private readonly List<Task> _running = [];
    private readonly ArrivalWatch _arrived;
    private long _heardAt;
    private TimeSpan _allowed;
    private long _unasked; // bytes that were heard while no answer was waited for, since the last script

    private RemoteShell(Stream transport, RemoteShellOptions options)
    {
        _transport = transport;
        _options = options;
        _patience = options.Patience > LeastPatience ? options.Patience : LeastPatience;
        _arrived = new ArrivalWatch(ArrivalWatch.OfAll, _patience);
        _silence = options.Time.CreateTimer(_ => OnSilence(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Why the shell ended, or null while it lives.</summary>
    public Exception? Broken { get; private set; }

    /// <summary>Completes (never faults) when the shell has ended for whatever reason.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Says hello; the transport belongs to the shell from here on, also on failure.</summary>
    public static async Task<RemoteShell> StartAsync(Stream transport, RemoteShellOptions options, CancellationToken cancellationToken)
    {
        var shell = new RemoteShell(transport, options);
        try
        {
            string token = NewToken();
            byte[] hello = ShellText.Hello(token, heartbeatSeconds: shell._patience < TimeSpan.FromSeconds(6) ? 1 : 2);
            Task<ShellResult> answer = shell.AskAsync(new Asked(ShellFrame.ForHello(token), Timeout.InfiniteTimeSpan), hello, options.HelloPatience);

            // Not before there is a frame to keep what a server says that leaves at once.
            shell._reading = shell.ReadAsync();
            await answer.WaitAsync(cancellationToken).ConfigureAwait(false);
            return shell;
        }
        catch
        {
            await shell.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Runs a script (POSIX sh text as bytes; its commands get &lt;/dev/null as input) in a subshell of its own. Scripts run one after another.
    /// A heartbeat runs beside it.
    /// </summary>
    /// <param name="script">What is run.</param>
    /// <param name="outputPatience">Once it runs it must print something within this, again and again, or end; else the shell is ended. Infinite: it may take its time.</param>
    /// <param name="cancellationToken">Ends the wait, not the script.</param>
    /// <exception cref="RemoteShellHangsException">It was silent for longer than <paramref name="outputPatience"/>, and the shell was not.</exception>
    /// <exception cref="RemoteShellException">The shell ended, or had ended before.</exception>
    public async Task<ShellResult> RunAsync(ReadOnlyMemory<byte> script, TimeSpan outputPatience, CancellationToken cancellationToken)
    {
        string token = NewToken();
        byte[] text = ShellText.Run(token, script.Span);
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        Task<ShellResult> result = AskAsync(new Asked(ShellFrame.ForScript(token, _options.MaxOutputBytes), outputPatience), text, _patience);
        lock (_gate)
        {
            _running.RemoveAll(static one => one.IsCompleted);
            _running.Add(ReleaseAfterAsync(result));
        }

        return await result.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        Break(new RemoteShellException("The remote shell was closed by us."));
        await _reading.ConfigureAwait(false);
        Task[] running;
        lock (_gate)
        {
            running = [.. _running];
        }

        await Task.WhenAll(running).ConfigureAwait(false);
        await _silence.DisposeAsync().ConfigureAwait(false);
    }

    private static string NewToken() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    private async Task<ShellResult> AskAsync(Asked asked, byte[] text, TimeSpan patience)
    {
        // Not for ever: what is being written ends when the shell is closed.
        await _sending.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            lock (_gate)
            {
                if (Broken is { } broken)
                {
                    throw broken;
                }

                _asked.Enqueue(asked);
                _unasked = 0;
                if (_asked.Count == 1)
                {
                    Watch(patience);
                }
            }

            await SendAsync(text).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }

        return await asked.Answer.Task.ConfigureAwait(false);
    }

    private async Task SendAsync(byte[] text)
    {
        try
        {
            await _transport.WriteAsync(text, _closing.Token).ConfigureAwait(false);
            await _transport.FlushAsync(_closing.Token).ConfigureAwait(false);
        }
        catch (Exception trouble) when (trouble is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // The reader finds the end of the shell too, and with it the words it left with. It is not waited for in vain: silence ends it.
        }
    }

    private async Task ReleaseAfterAsync(Task running)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _turn.Release();
    }

    private async Task ReadAsync()
    {
        byte[] buffer = new byte[32 << 10];
        Exception? cause = null;
        try
        {
            while (await _transport.ReadAsync(buffer, _closing.Token).ConfigureAwait(false) is > 0 and int count)
            {
                Hear(buffer.AsSpan(0, count));
            }
        }
        catch (Exception trouble) when (trouble is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            cause = trouble;
        }

        Break(Farewell(cause));
    }

    private void Hear(ReadOnlySpan<byte> bytes)
    {
        RemoteShellException? trouble = null;
        lock (_gate)
        {
            // What a script's leftovers say when nobody waits is nobody's answer; but one that floods would be read for ever.
            while (trouble is null && !bytes.IsEmpty && _asked.TryPeek(out Asked? first))
            {
                first.Frame.Feed(bytes);
                trouble = first.Frame.Trouble;
                bytes = first.Frame.Rest.Span;
                if (first.Frame.Result is { } result)
                {
                    _asked.Dequeue();
                    first.Answer.TrySetResult(result);
                }
            }

            if (!_asked.TryPeek(out Asked? next))
            {
                _unasked += bytes.Length;
                trouble ??= _unasked <= ShellFrame.MostNoiseBytes ? null
                    : new RemoteShellException($"Could not go on with the remote shell, because it said more than {ShellFrame.MostNoiseBytes >> 10} KiB while no script ran.");
                _silence.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
            else if (next.Frame.SaidHello)
            {
                // A login that trickles noise is silence as far as the hello goes: its deadline stands.
                Watch(_patience);
                trouble ??= next.TroubleAt(_options.Time.GetElapsedTime(0));
            }
        }

        if (trouble is not null)
        {
            Break(trouble);
        }
    }

    private void Watch(TimeSpan patience)
    {
        (_heardAt, _allowed) = (_options.Time.GetTimestamp(), patience);
        LookAfter(patience);
    }

    // A little longer than allowed, so that the clock has surely passed the mark when it is looked at; several times before, where the link can be looked at.
    private void LookAfter(TimeSpan left)
    {
        TimeSpan wait = _options.Link is not null && left > _arrived.Pause ? _arrived.Pause : left;
        _silence.Change(wait + TimeSpan.FromMilliseconds(20), Timeout.InfiniteTimeSpan);
    }

    private void OnSilence()
    {
        LinkSigns? link = _options.Link?.Invoke();
        lock (_gate)
        {
            if (_asked.Count == 0)
            {
                return; // The timer and the answer met.
            }

            TimeSpan now = _options.Time.GetElapsedTime(0);
            TimeSpan silence = _options.Time.GetElapsedTime(_heardAt);
            _arrived.Look(now, link?.ArrivedInAll, now - silence);
            bool starves = _allowed == _patience && link is { IsWaiting: true } && _arrived.StillGrows(now);
            TimeSpan left = (starves ? _allowed * SftpOptions.PatiencesInCompany : _allowed) - silence;
            if (left > TimeSpan.Zero)
            {
                // The timer and a byte met, the timer's clock is ahead of ours, or this was only a look at the link.
                LookAfter(left);
                return;
            }
        }

        (bool? saidHello, string text) = Heard();
        Break(saidHello == false
            ? new RemoteShellUnavailableException($"Could not use a shell on the server, because it did not answer within {_options.HelloPatience.TotalSeconds:0.#} s.", text) { ConnectionStood = true }
            : new RemoteShellStalledException($"Could not go on with the remote shell, because nothing came from it for {_patience.TotalSeconds:0.#} s."));
    }

    private RemoteShellException Farewell(Exception? cause)
    {
        (bool? saidHello, string text) = Heard();
        string words = text.Length == 0 ? "and said nothing" : $"and said: {text}";
        return saidHello switch
        {
            false => new RemoteShellUnavailableException($"Could not use a shell on the server, because it left {words}", text, cause),
            true => new RemoteShellException($"Could not finish a script, because the remote shell left in the middle of it {words}", cause),
            null => new RemoteShellException("The remote shell has left.", cause),
        };
    }

    // Null: nothing was being waited for.
    private (bool? SaidHello, string Text) Heard()
    {
        lock (_gate)
        {
            return _asked.TryPeek(out Asked? first) ? (first.Frame.SaidHello, first.Frame.HeardText()) : (null, "");
        }
    }

    private void Break(Exception reason)
    {
        TaskCompletionSource<ShellResult>[] waiting;
        lock (_gate)
        {
            if (Broken is not null)
            {
                return;
            }

            Broken = reason;
            waiting = [.. _asked.Select(static one => one.Answer)];
            _asked.Clear();
            _silence.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        _closing.Cancel();
        _transport.Dispose();
        waiting.FirstOrDefault()?.TrySetException(reason);
        foreach (TaskCompletionSource<ShellResult> behind in waiting.Skip(1))
        {
            behind.TrySetException(reason is RemoteShellHangsException ? new RemoteShellException("The remote shell was ended, because a script before this one hangs.") : reason);
        }

        _ended.TrySetResult();
    }

    /// <summary>A script, or the hello, whose answer is waited for.</summary>
    private sealed class Asked(ShellFrame frame, TimeSpan outputPatience)
    {
        private (bool HasBegun, int? OutputBytes) _heard;
        private TimeSpan _heardAt;

        public ShellFrame Frame => frame;

        public TaskCompletionSource<ShellResult> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>To be asked whenever the shell was heard, the heartbeat included: so a dead link is no hanging script.</summary>
        public RemoteShellHangsException? TroubleAt(TimeSpan now)
        {
            if ((frame.HasBegun, frame.OutputBytes) != _heard)
            {
                (_heard, _heardAt) = ((frame.HasBegun, frame.OutputBytes), now);
            }

            // Over a link that others fill the script's text may be long on its way.
            TimeSpan most = _heard.OutputBytes is null ? outputPatience * SftpOptions.PatiencesInCompany : outputPatience;
            return !_heard.HasBegun || outputPatience == Timeout.InfiniteTimeSpan || now - _heardAt <= most ? null : new RemoteShellHangsException(
                $"Could not finish a script, because nothing came of it for {most.TotalSeconds:0.#} s, though the shell lives.", most, frame.HeardText());
        }
    }
}
