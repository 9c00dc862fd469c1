using System.Net;

namespace ContentMonster.Sftp.Process;

/// <summary>One ssh child in a session of its own, owned by us until it is reaped.</summary>
public sealed partial class SshProcess : IAsyncDisposable
{
    // At the end of its input ssh asks the server to close and waits a round trip; on TERM it leaves with the same farewell at once. Whatever
    // mattered has been answered before.
    private static readonly TimeSpan PatienceAfterInputEnds = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan PatienceAfterTerminate = TimeSpan.FromSeconds(2);

    /// <summary>A grandchild may hold standard error open for good; the last words of the child itself are there by then.</summary>
    private static readonly TimeSpan PatienceForLastWords = TimeSpan.FromMilliseconds(500);

    private readonly ErrorTail _error = new();
    private readonly Stream _errorStream;
    private readonly Task _errorRead;
    private readonly Func<Task<(int? Code, int? Signal)>> _wait;
    private readonly Func<int, bool> _signal;
    private readonly AskpassServer? _askpass;
    private readonly Lazy<Task> _disposed;
    private readonly Knock _knock = new(TimeProvider.System);

    // Written before anybody else has this object.
    private ConnectionReader? _connection;
    private bool _isBound;
    private Task _handover = Task.CompletedTask;

    // Where the connection was opened here: as long as the child lives. Guarded by _gate.
    private readonly Lock _gate = new();
    private System.Net.Sockets.Socket? _socket;
    private bool _loggedIn;
    private volatile string? _givenUp;

    private SshProcess(int pid, Stream transport, Stream error, Func<Task<(int? Code, int? Signal)>> wait, Func<int, bool> signal, AskpassServer? askpass)
    {
        ProcessId = pid;
        Transport = transport;
        _errorStream = error;
        _wait = wait;
        _signal = signal;
        _askpass = askpass;
        _errorRead = _error.ReadAsync(error);
        _disposed = new Lazy<Task>(CloseAsync);
        askpass?.Serve(pid);
        Exited = WatchAsync();
    }

    /// <summary>ssh's standard input and output.</summary>
    public Stream Transport { get; }

    public int ProcessId { get; }

    /// <summary>Completes (never faults) when the child has been reaped.</summary>
    public Task<SshExit> Exited { get; }

    /// <summary>Standard error so far (last 8 KiB).</summary>
    public string ErrorText => _error.Text;

    /// <summary>What of it came since <see cref="LoggedIn"/>, and can be why a connection ends that stood; before that, all.</summary>
    public string LaterWords => _error.Later;

    /// <summary>What of it came before <see cref="LoggedIn"/>; before that, nothing.</summary>
    public string EarlierWords => _error.Earlier;

    /// <summary>The first 16 KiB of standard error, whatever the server had ssh say after it; and whether that is all.</summary>
    public (string Text, bool IsAll) FirstWords => _error.First;

    /// <summary>
    /// What the kernel counts for the connection that ssh has open; null where that cannot be known: before it stands and after it is gone, through a
    /// ProxyCommand or jump host, on other systems than Linux. Costs microseconds.
    /// </summary>
    public TcpFacts? Tcp() => Exited.IsCompleted ? null : _connection?.Read();

    /// <summary>From where to where that connection was made; null where <see cref="Tcp"/> is, and where ssh's configuration binds it to an address.</summary>
    public (IPAddress From, IPEndPoint To)? Ends => Exited.IsCompleted || _isBound ? null : _connection?.Ends;

    /// <summary>
    /// For how long the first packet of the connection has gone unanswered, which its round trip is at the least, if nothing was lost. Null: it is not
    /// waited for, or that is not known: where ssh opens the connection itself, or the host has several addresses.
    /// </summary>
    public TimeSpan? Unanswered => _knock.Unanswered;

    /// <summary>Whether <see cref="LoggedIn"/> was told.</summary>
    public bool IsLoggedIn
    {
        get
        {
            lock (_gate)
            {
                return _loggedIn;
            }
        }
    }

    /// <summary>
    /// The login is through and nothing is on the way: what ssh said so far explains nothing that comes, and congestion control that keeps time begins anew. bbr looks for a shorter round trip when it has seen
    /// none for ten seconds, with four segments in flight for at least a round trip; over a satellite the login takes seven of them, and that would fall into the start of the first file.
    /// Does something once.
    /// </summary>
    public void LoggedIn()
    {
        lock (_gate)
        {
            if (_loggedIn)
            {
                return;
            }

            _loggedIn = true;
            _error.Divide();
            if (_socket is not null)
            {
                TcpCongestion.BeginAnew(_socket);
            }
        }
    }

    /// <summary>To be called before files are opened whose file system may hang: none of them is a child's for a moment then, and can hold up its start.</summary>
    public static void Prepare() => SpawnThread.Prepare();

    /// <summary>Starts <c>ssh -s HOST SUBSYSTEM</c>. With <paramref name="configuration"/> the user's own known_hosts files, cipher choice and prompts are known.</summary>
    public static SshProcess StartSubsystem(SshTarget target, string subsystem, SshConfiguration? configuration = null)
    {
        target.ThrowIfUnsound();
        return StartSsh(target, SshArguments.ForSubsystem(target, subsystem, configuration), configuration);
    }

    /// <summary>Starts <c>ssh HOST COMMAND</c>; the server's shell reads the command.</summary>
    public static SshProcess StartCommand(SshTarget target, string command, SshConfiguration? configuration = null)
    {
        target.ThrowIfUnsound();
        return StartSsh(target, SshArguments.ForCommand(target, command, configuration), configuration);
    }

    /// <summary>A local program in place of ssh; <paramref name="environment"/> comes on top of the small one that ssh gets.</summary>
    public static SshProcess StartLocal(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        Dictionary<string, string> all = SshEnvironment.Plain();
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            all[name] = value;
        }

        return Start(program, arguments, all, askpass: null);
    }

    /// <summary>Why <see cref="GiveUp"/> ended it; null: it did not.</summary>
    public string? GivenUp => _givenUp;

    /// <summary>Ends a connection that can carry nothing any more. Its owner finds it broken, and disposes of it.</summary>
    /// <param name="reason">Finishes "because".</param>
    public void GiveUp(string reason)
    {
        // On TERM it would wait until what it holds is written to the connection that takes nothing any more.
        string? before = Interlocked.CompareExchange(ref _givenUp, reason, null);
        if (!_signal(Posix.SignalKill) && before is null)
        {
            _givenUp = null; // It had ended by itself, for whatever reason it says.
        }
    }

    /// <summary>Closes stdin, waits, TERM, waits, KILL; reaps.</summary>
    public ValueTask DisposeAsync() => new(_disposed.Value);

    private async Task<SshExit> WatchAsync()
    {
        (int? code, int? signal) = await _wait().ConfigureAwait(false);
        _askpass?.Close();
        await EndsWithinAsync(_errorRead, PatienceForLastWords).ConfigureAwait(false);
        return new SshExit(code, signal, _error.Text);
    }

    private async Task CloseAsync()
    {
        if (Transport is ChildStream transport)
        {
            transport.EndInput();
        }
        else
        {
            await Transport.DisposeAsync().ConfigureAwait(false);
        }

        if (!await EndsWithinAsync(Exited, PatienceAfterInputEnds).ConfigureAwait(false))
        {
            _signal(Posix.SignalTerminate);
            if (!await EndsWithinAsync(Exited, PatienceAfterTerminate).ConfigureAwait(false))
            {
                _signal(Posix.SignalKill);
            }
        }

        await Exited.ConfigureAwait(false);
        await _handover.ConfigureAwait(false);
        await Transport.DisposeAsync().ConfigureAwait(false);
        await _errorStream.DisposeAsync().ConfigureAwait(false);
        await _errorRead.ConfigureAwait(false);
        if (_askpass is not null)
        {
            await _askpass.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task<bool> EndsWithinAsync(Task task, TimeSpan patience)
    {
        try
        {
            await task.WaitAsync(patience, TimeProvider.System).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
