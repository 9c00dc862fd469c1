using ContentMonster.Configuration;
using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Vessels;

/// <summary>
/// Starts ssh children to one vessel and turns what goes wrong into words. Lanes and the shell are dialled side by side. A talkative one has
/// ssh tell how it got on, for <see cref="SshTalk"/>.
/// </summary>
internal sealed class VesselDialer(VesselSettings settings, VesselPlaces places, TimeProvider time, IUploadThrottle? throttle, Connections connections, bool talkative = false)
{
    // ssh says its last words and leaves soon after the transport has ended.
    private static readonly TimeSpan LastWordsPatience = TimeSpan.FromSeconds(1);
    private const int SshFailed = 255;
    private static readonly TimeSpan LeastConnectPatience = TimeSpan.FromSeconds(30);

    private readonly bool _talkedAtFirst = talkative;
    private volatile bool _talks = talkative;
    private volatile Refusal? _refusal; // by any of those that dial side by side

    // Asked once a connection; a lane opened later finds it here. Written before the first lane is dialled.
    private SshConfiguration? _configuration;

    // The pause before TCP tries again where its round trip is followed (SocketOptions), and some: so a connection often outlives an outage that is just as long as Timeout, where to begin
    // anew when the link has just come back would cost the login and what was in flight. No more, for a dead server is to be noticed soon after Timeout.
    private const double MostGraceInSeconds = 1.5;
    private const double GraceShare = 0.15;

    public TimeSpan ConnectPatience => settings.Timeout > LeastConnectPatience ? settings.Timeout : LeastConnectPatience;

    /// <summary>Silence for so long while replies are owed is a dead connection: Timeout and a little.</summary>
    private TimeSpan Patience => settings.Timeout + TimeSpan.FromSeconds(Math.Min(settings.Timeout.TotalSeconds * GraceShare, MostGraceInSeconds));

    // A link that is slow to bring the sign of life is not gone.
    private TimeSpan LinkPatience => Patience > DialWatch.LeastPatience ? Patience : DialWatch.LeastPatience;

    public string Vessel => settings.Name;

    public TimeProvider Time => time;

    /// <summary>What ssh's own configuration says; null before <see cref="PrepareAsync"/>.</summary>
    public SshConfiguration? Configuration => _configuration;

    /// <summary>Who opens the connections; decided anew for each visit, so that what an administrator allows meanwhile is used.</summary>
    public SocketPlan Plan { get; private set; } = SocketPlan.LeftToSsh;

    /// <summary>What ssh told of the last connection that failed.</summary>
    public SshTalk LastTalk { get; private set; } = new();

    /// <summary>
    /// The last login that was refused, or that would have gone to a host whose key changed. Others would fare the same, and each may count towards a lock-out: so
    /// none is tried until it is as long ago as the rule of <see cref="Backoff"/> says.
    /// </summary>
    public VesselException? Refused => _refusal?.Fault;

    /// <summary>The last shell that was dialled ended with ssh's own code for a broken connection, and ssh said nothing of one: most likely the code is the server's command's.</summary>
    public bool ShellEndedWithoutAWord { get; private set; }

    /// <summary>Some connection came to nothing, perhaps before an SSH server began to speak: who answered instead, ssh tells only when it is talkative.</summary>
    public bool LacksVersion { get; private set; }

    /// <summary>Whether the server has begun an SSH session on any connection; false as well where the kernel does not tell.</summary>
    public bool WasAnswered { get; private set; }

    /// <summary>Who answers is known: what is dialled from now on need not be talkative.</summary>
    public void Quieten() => _talks = false;

    /// <summary>What ssh's own configuration says of the host.</summary>
    public Task<SshConfiguration> AskAsync(CancellationToken cancellationToken) => SshConfiguration.AskAsync(Target(), cancellationToken);

    /// <summary>Reads what ssh's own configuration says of the host, and makes sure that a new host key can be pinned.</summary>
    /// <param name="early">The answer, where ssh was asked a moment ago.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task PrepareAsync(Task<SshConfiguration>? early, CancellationToken cancellationToken)
    {
        try
        {
            // ssh goes on without pinning when it cannot write there, and says little: so this is looked at first.
            using FileStream writable = new(places.KnownHostsFile, OwnFile());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new VesselException(
                FailureKind.ShoreSetup, $"Could not connect to {Vessel}, because the known_hosts file {places.KnownHostsFile} cannot be written: {exception.Message}", exception);
        }

        try
        {
            _configuration = await (early?.WaitAsync(cancellationToken) ?? AskAsync(cancellationToken)).ConfigureAwait(false);
            Plan = SocketPlan.For(settings.CongestionControl, _configuration, SshTarget.CanOpenSockets, TcpCongestion.IsAllowed);
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            throw new VesselException(FailureKind.ShoreSetup, $"Could not connect to {Vessel}, because ssh cannot be asked for its configuration: {DisplayText.Escape(exception.Message)}", exception);
        }
    }

    /// <param name="doing">What it is for, in words that fit after "Could not".</param>
    /// <param name="started">Given the child before it is connected.</param>
    /// <param name="cancellationToken">Ends the attempt and the child.</param>
    public async Task<(SshProcess Process, SftpClient Client)> DialSftpAsync(string doing, Action<SshProcess>? started, CancellationToken cancellationToken)
    {
        SshProcess process = Start(() => SshProcess.StartSubsystem(Target(), "sftp", _configuration));
        connections.Add(process);
        started?.Invoke(process);
        try
        {
            var options = new SftpOptions
            {
                Patience = Patience,
                LinkPatience = LinkPatience,
                HelloPatience = ConnectPatience,
                Throttle = throttle,
                Time = time,
                Link = () => connections.SignsOf(process),
                BacklogRoundTrip = () => process.Tcp() is { BytesUnsent: > 0 } tcp ? tcp.RoundTrip : TimeSpan.Zero,
            };
            SftpClient client = await WatchedAsync(process, token => SftpClient.ConnectAsync(process.Transport, options, token), cancellationToken).ConfigureAwait(false);
            process.LoggedIn();
            return (process, client);
        }
        catch (Exception exception)
        {
            VesselException? fault = exception is IOException or TimeoutException ? await ExplainAsync(doing, process, exception).ConfigureAwait(false) : null;
            LastTalk = TalkOf(process);
            await process.DisposeAsync().ConfigureAwait(false);
            if (fault is null)
            {
                throw;
            }

            throw fault;
        }
    }

    public async Task<(SshProcess Process, RemoteShell Shell)> DialShellAsync(CancellationToken cancellationToken)
    {
        ShellEndedWithoutAWord = false;
        SshProcess process = Start(() => SshProcess.StartCommand(Target(), "exec sh", _configuration));
        connections.Add(process);
        try
        {
            var options = new RemoteShellOptions { Patience = Patience, HelloPatience = ConnectPatience, Time = time, Link = () => connections.SignsOf(process) };
            RemoteShell shell = await WatchedAsync(process, token => RemoteShell.StartAsync(process.Transport, options, token), cancellationToken).ConfigureAwait(false);
            process.LoggedIn();
            return (process, shell);
        }
        catch (Exception exception)
        {
            VesselException? fault = exception switch
            {
                RemoteShellUnavailableException { ConnectionStood: false } => await LinkFaultAsync(process, exception).ConfigureAwait(false),
                SftpStalledException => await ExplainAsync("open a shell on", process, exception).ConfigureAwait(false),
                _ => null,
            };
            await process.DisposeAsync().ConfigureAwait(false);
            if (fault is null)
            {
                throw;
            }

            throw fault;
        }
    }

    // The whole of it may take long over a slow link, silence may not: noticed where the kernel tells of the connection. Elsewhere (jump hosts,
    // ProxyCommand) it is the deadline of the whole.
    private async Task<T> WatchedAsync<T>(SshProcess process, Func<CancellationToken, Task<T>> greet, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watch = new DialWatch(process.Tcp, settings.Timeout, time);
        Task<bool> silence = watch.SilentAsync(over.Token);
        Task<T> greeting = greet(over.Token);
        await Task.WhenAny(greeting, silence).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        bool silent = await silence.ConfigureAwait(false);
        WasAnswered |= watch.WasAnswered;
        await ((Task)greeting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return silent && !greeting.IsCompletedSuccessfully && !cancellationToken.IsCancellationRequested
            ? throw new SftpStalledException($"not a byte came over the connection for {watch.Patience.TotalSeconds:0.#} s.")
            : await greeting.ConfigureAwait(false);
    }

    // ssh's own 255 is the link's matter and tells nothing about the shell, unless the server refused to start a command at all. Taken for "no
    // shell", a connection that was only dropped would have files published unverified.
    private async Task<VesselException?> LinkFaultAsync(SshProcess process, Exception exception)
    {
        try
        {
            SshExit exit = await process.Exited.WaitAsync(LastWordsPatience, time, CancellationToken.None).ConfigureAwait(false);
            bool refused = exit.ErrorText.Contains("request failed on channel", StringComparison.Ordinal);
            ShellEndedWithoutAWord = exit.ExitCode == SshFailed && !refused && !VesselFault.TellsOfTheLink(WordsOf(process));
            return exit.ExitCode == SshFailed && !refused ? Translate("open a shell on", process, exit.ExitCode, exception) : null;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Whether it was given up, or leaves with words of the link.</summary>
    public async Task<bool> TellsOfTheLinkAsync(SshProcess process)
    {
        await ((Task)process.Exited).WaitAsync(LastWordsPatience, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return process.GivenUp is not null || VesselFault.TellsOfTheLink(WordsOf(process));
    }

    /// <summary>Why a lane's session ended, with ssh's last words where there are any. Those from before the login tell nothing about one that stood.</summary>
    public async Task<VesselException> ExplainAsync(string doing, SshProcess process, Exception exception)
    {
        if (exception is SftpConnectionException and not (SftpStalledException or SftpProtocolException))
        {
            try
            {
                SshExit exit = await process.Exited.WaitAsync(LastWordsPatience, time, CancellationToken.None).ConfigureAwait(false);
                return Translate(doing, process, exit.ExitCode, exception);
            }
            catch (TimeoutException)
            {
                // ssh is still there without having said why: its words so far must do.
            }
        }

        return Translate(doing, process, null, exception);
    }

    private VesselException Translate(string doing, SshProcess process, int? exitCode, Exception exception)
    {
        string words = WordsOf(process);
        string? answer = _talkedAtFirst && !process.IsLoggedIn && TalkOf(process) is { ServerVersion: null, Answer: { } line } ? line : null;
        LacksVersion |= !process.IsLoggedIn && (exception is SftpStalledException || VesselFault.LacksVersion(words));
        var way = new SshWay(process.IsLoggedIn, _configuration?.ProxyJump, _configuration is { HasProxyCommand: true }) { Answer = answer };
        VesselException fault = VesselFault.FromSsh(doing, Vessel, words, exitCode, exception, way);
        if (Backoff.NeedsPeople(fault.Kind))
        {
            _refusal = new(fault, time.GetTimestamp());
            return fault;
        }

        return process.GivenUp is string reason ? VesselFault.OfGivenUp(doing, Vessel, reason, exception) : fault;
    }

    /// <summary>What ssh tells of a connection so far.</summary>
    public SshTalk TalkOf(SshProcess process) =>
        SshTalk.Of(process.FirstWords.Text, process.FirstWords.IsAll, spokenInto: _configuration is { HasProxyJump: true } or { HasProxyCommand: true });

    private string WordsOf(SshProcess process) => _talkedAtFirst ? SshTalk.WithoutDebugging(process.LaterWords) : process.LaterWords;

    private SshProcess Start(Func<SshProcess> start)
    {
        if (_refusal is { } refusal && time.GetElapsedTime(refusal.At) < Backoff.Next(refusal.Fault.Kind, failures: 1, TimeSpan.Zero, chance: 0.5))
        {
            throw new VesselException(refusal.Fault.Kind, refusal.Fault.Message, refusal.Fault);
        }

        try
        {
            return start();
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            throw new VesselException(FailureKind.ShoreSetup, $"Could not connect to {Vessel}, because ssh could not be started: {DisplayText.Escape(exception.Message)}", exception);
        }
    }

    private SshTarget Target() => new()
    {
        Host = settings.Address,
        User = settings.Username,
        Port = settings.Port,
        IdentityFile = settings.IdentityFile,
        KnownHostsFile = places.KnownHostsFile,
        StrictHostKeys = settings.HostKeyPolicy == HostKeyPolicy.Strict,
        ProxyJump = settings.ProxyJump,
        Compression = settings.Compression,
        Options = _talks ? ["LogLevel=DEBUG1", .. settings.SshOptions] : settings.SshOptions,
        ConnectTimeout = settings.Timeout,
        KeepAlive = DialWatch.KeepAliveFor(settings.Timeout),
        Silence = Patience,
        LongestSilence = Patience * SftpOptions.PatiencesInCompany,
        Secrets = settings.Password is null && settings.Passphrase is null ? null : new SshSecrets(settings.Password?.Reveal(), settings.Passphrase?.Reveal()),
        AskpassProgram = places.AskpassProgram,
        SocketProgram = Plan.IsOurs ? places.AskpassProgram : null,
        CongestionControl = Plan.Algorithm,
    };

    // Whatever the umask: who can write there decides which servers get our passwords.
    private static FileStreamOptions OwnFile()
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    private sealed record Refusal(VesselException Fault, long At);
}
