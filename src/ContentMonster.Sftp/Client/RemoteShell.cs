using System.Security.Cryptography;

namespace ContentMonster.Sftp.Client;

// Implementation notes
//
// One task reads everything the shell says and feeds it to whoever waits: first the hello, then one script at a time. Scripts queue at a semaphore. Why
// the shell ended is kept once and told to every later caller.
//
// A caller that gives up in mid-script leaves it running: the shell cannot be told to stop it, and the next script waits until it is over (its result
// goes nowhere). Who cannot wait disposes of the shell.
//
// Silence: while a script is being sent or runs, the far side prints a heartbeat, so silence for Patience means a dead link or a stopped server,
// however long the script takes. An idle shell is silent and not watched.

/// <summary>One long-lived POSIX sh on the server ("ssh HOST exec sh"), scripts on its standard input, answers framed by tokens.</summary>
public sealed class RemoteShell : IAsyncDisposable
{
    /// <summary>A heartbeat comes at least three times in this.</summary>
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(3);

    private readonly Stream _transport;
    private readonly RemoteShellOptions _options;
    private readonly TimeSpan _patience;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _gate = new();
    private readonly ITimer _silence;

    // Set once, before the shell is handed out.
    private Task _reading = Task.CompletedTask;

    // Guarded by _gate.
    private ShellFrame? _frame;
    private TaskCompletionSource<ShellResult>? _waiting;
    private long _heardAt;
    private TimeSpan _allowed;
    private Task _running = Task.CompletedTask;

    private RemoteShell(Stream transport, RemoteShellOptions options)
    {
        _transport = transport;
        _options = options;
        _patience = options.Patience > LeastPatience ? options.Patience : LeastPatience;
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
            Task<ShellResult> answer = shell.AskAsync(ShellFrame.ForHello(token), hello, options.HelloPatience);

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
    public async Task<ShellResult> RunAsync(ReadOnlyMemory<byte> script, CancellationToken cancellationToken)
    {
        string token = NewToken();
        byte[] text = ShellText.Run(token, script.Span);
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        Task<ShellResult> result = AskAsync(ShellFrame.ForScript(token, _options.MaxOutputBytes), text, _patience);
        lock (_gate)
        {
            _running = ReleaseAfterAsync(result);
        }

        return await result.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        Break(new RemoteShellException("The remote shell was closed by us."));
        await _reading.ConfigureAwait(false);
        Task running;
        lock (_gate)
        {
            running = _running;
        }

        await running.ConfigureAwait(false);
        await _silence.DisposeAsync().ConfigureAwait(false);
    }

    private static string NewToken() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    private async Task<ShellResult> AskAsync(ShellFrame frame, byte[] text, TimeSpan patience)
    {
        var waiting = new TaskCompletionSource<ShellResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (Broken is { } broken)
            {
                throw broken;
            }

            (_frame, _waiting) = (frame, waiting);
            Watch(patience);
        }

        try
        {
            await _transport.WriteAsync(text, _closing.Token).ConfigureAwait(false);
            await _transport.FlushAsync(_closing.Token).ConfigureAwait(false);
        }
        catch (Exception trouble) when (trouble is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // The reader finds the end of the shell too, and with it the words it left with. It is not waited for in vain: silence ends it.
        }

        return await waiting.Task.ConfigureAwait(false);
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
        RemoteShellException? trouble;
        lock (_gate)
        {
            if (_frame is not { } frame || _waiting is not { } waiting)
            {
                return; // What a script's leftovers say after its end is nobody's answer.
            }

            // A login that trickles noise is silence as far as the hello goes: its deadline stands.
            if (frame.SaidHello)
            {
                Watch(_patience);
            }

            frame.Feed(bytes);
            trouble = frame.Trouble;
            if (frame.Result is { } result)
            {
                (_frame, _waiting) = (null, null);
                _silence.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                waiting.TrySetResult(result);
                return;
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

        // A little longer than allowed, so that the clock has surely passed the mark when it is looked at.
        _silence.Change(patience + TimeSpan.FromMilliseconds(20), Timeout.InfiniteTimeSpan);
    }

    private void OnSilence()
    {
        lock (_gate)
        {
            if (_frame is null)
            {
                return; // The timer and the answer met.
            }

            TimeSpan left = _allowed - _options.Time.GetElapsedTime(_heardAt);
            if (left > TimeSpan.Zero)
            {
                // The timer and a byte met, or the timer's clock is ahead of ours.
                _silence.Change(left + TimeSpan.FromMilliseconds(20), Timeout.InfiniteTimeSpan);
                return;
            }
        }

        string text = HeardText();
        Break(_frame?.SaidHello == false
            ? new RemoteShellUnavailableException($"Could not use a shell on the server, because it did not answer within {_options.HelloPatience.TotalSeconds:0.#} s.", text) { WasSilent = true }
            : new RemoteShellStalledException($"Could not go on with the remote shell, because nothing came from it for {_patience.TotalSeconds:0.#} s."));
    }

    private RemoteShellException Farewell(Exception? cause)
    {
        bool? saidHello;
        lock (_gate)
        {
            saidHello = _frame?.SaidHello;
        }

        string text = HeardText();
        string words = text.Length == 0 ? "and said nothing" : $"and said: {text}";
        return saidHello switch
        {
            false => new RemoteShellUnavailableException($"Could not use a shell on the server, because it left {words}", text, cause),
            true => new RemoteShellException($"Could not finish a script, because the remote shell left in the middle of it {words}", cause),
            null => new RemoteShellException("The remote shell has left.", cause),
        };
    }

    private string HeardText()
    {
        lock (_gate)
        {
            return _frame?.HeardText() ?? "";
        }
    }

    private void Break(Exception reason)
    {
        TaskCompletionSource<ShellResult>? waiting;
        lock (_gate)
        {
            if (Broken is not null)
            {
                return;
            }

            Broken = reason;
            waiting = _waiting;
            (_frame, _waiting) = (null, null);
            _silence.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        _closing.Cancel();
        _transport.Dispose();
        waiting?.TrySetException(reason);
        _ended.TrySetResult();
    }
}
