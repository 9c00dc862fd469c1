using ContentMonster.Configuration;
using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Vessels;

/// <content>How a vessel is reached, and the first look at it.</content>
internal sealed partial class SshVessel
{
    /// <summary>Removes what daemons that were killed while they connected left on the shore, and tells how much that was.</summary>
    public static int RemoveLitter() => AskpassLitter.Sweep();

    /// <inheritdoc cref="SshProcess.Prepare"/>
    public static void Prepare() => SshProcess.Prepare();

    /// <summary>Has ssh tell its configuration while the daemon is still starting: the first connection, if it comes soon, need not wait for that.</summary>
    /// <returns>Completes once nothing of it runs any more.</returns>
    public static Task AskAhead(VesselSettings settings, VesselPlaces places, VesselMemory memory, TimeProvider time, CancellationToken cancellationToken)
    {
        Task<SshConfiguration> asked = Task.Run(() => new VesselDialer(settings, places, time, throttle: null, memory.Connections).AskAsync(cancellationToken), cancellationToken);
        memory.AskedEarly(asked, time);
        return asked;
    }

    /// <summary>Connects within max(Timeout, 30 s): the first lane, and the shell where files cannot be begun without it.</summary>
    public static async Task<IVessel> ConnectAsync(
        VesselSettings settings, VesselPlaces places, VesselMemory memory, IUploadThrottle? throttle, TimeProvider time, long waitingBytes, CancellationToken cancellationToken)
    {
        var dialer = new VesselDialer(settings, places, time, throttle, memory.Connections, talkative: memory.LacksVersion);
        var vessel = new SshVessel(settings, places, memory, dialer);
        using var deadline = new CancellationTokenSource(dialer.ConnectPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await dialer.PrepareAsync(memory.TryTakeEarlyAnswer(time, out Task<SshConfiguration>? early) ? early : null, either.Token).ConfigureAwait(false);
            await vessel.OpenAsync(waitingBytes, either.Token).ConfigureAwait(false);
            if (vessel.TempFolder is not null)
            {
                // Nothing is put into a folder that has not been looked at. A shell that hangs has the time that it has elsewhere, too.
                await vessel.Explored.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            return vessel;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            await vessel.DisposeAsync().ConfigureAwait(false);
            throw dialer.WasAnswered
                ? new VesselException(FailureKind.LoginHangs, $"Could not connect to {settings.Name}, because logging in and starting SFTP took more than {dialer.ConnectPatience.TotalSeconds:0} s, though its SSH server answers.")
                : new VesselException(FailureKind.Unreachable, $"Could not connect to {settings.Name}, because it took more than {dialer.ConnectPatience.TotalSeconds:0} s.");
        }
        catch
        {
            await vessel.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task OpenAsync(long waitingBytes, CancellationToken cancellationToken)
    {
        _probe.Book();
        bool byPassword = _settings.Password is not null || _dialer.Configuration is { HasProxyJump: true };
        bool sideBySide = _memory.MayDialSideBySide(byPassword);
        _shellDialled = sideBySide ? _shell.OpenAsync(_closing.Token) : null;
        try
        {
            _first = Added(await DialFirstAsync(waitingBytes, _memory.MostAhead(byPassword), cancellationToken).ConfigureAwait(false));
            _memory.LoginWorks = true;
            (_memory.IsAway, _memory.LacksVersion, _memory.TakesNoMore) = (false, false, false);
            _dialer.Quieten();
        }
        catch (Exception failure) when (failure is OperationCanceledException or VesselException { IsOfTheLink: true, Kind: not FailureKind.LoginRefused })
        {
            // What refuses may as well reset the next connection: only one that comes up tells that there is room again.
            (_memory.IsAway, _memory.LacksVersion) = (true, _dialer.LacksVersion);
            _memory.TakesNoMore |= failure is VesselException { Kind: FailureKind.TooManyConnections };
            throw;
        }

        Facts = FactsOf(_first, null);
        Explored = ExploreAsync(_first, sideBySide, _closing.Token);
    }

    /// <param name="waitingBytes">So much is known to wait for further lanes.</param>
    /// <param name="mostAhead">So many of them may be dialled meanwhile.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    private async Task<SshLane> DialFirstAsync(long waitingBytes, int mostAhead, CancellationToken cancellationToken)
    {
        using var up = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task ahead = Task.CompletedTask;
        try
        {
            return await _supply.DialAsync("connect to", process => ahead = mostAhead == 0 ? ahead : _supply.DialAheadAsync(process, waitingBytes, mostAhead, beforeAnswer: !_memory.IsAway, up.Token), cancellationToken).ConfigureAwait(false);
        }
        catch (VesselException failure) when (failure.IsOfTheLink && _shellDialled is not null)
        {
            await ((Task)_shellDialled).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_shellDialled.IsCompletedSuccessfully || (await _shellDialled.ConfigureAwait(false)).Broken is not null)
            {
                throw;
            }

            _memory.OneAtATime = true;
        }
        finally
        {
            await up.CancelAsync().ConfigureAwait(false);
            await ahead.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return await _supply.DialAsync("connect to", null, cancellationToken).ConfigureAwait(false);
    }

    private async Task ExploreAsync(SshLane lane, bool sideBySide, CancellationToken cancellationToken)
    {
        _shellDialled ??= _shell.OpenAsync(cancellationToken);
        _shellSettled = SettledShellAsync(sideBySide, _shellDialled, cancellationToken);
        await lane.TranslateAsync("look around", async () =>
        {
            await _probe.RunAsync(lane, _shellSettled, cancellationToken).ConfigureAwait(false);
            if (_directories.Temp is { } temp)
            {
                temp.UserId = _probe.UserId;
                temp.RunScript = _probe.ShellProblem is null ? (script, token) => RunShellAsync($"make {temp.Folder}", script, _dialer.ConnectPatience, token) : null;
                await temp.PrepareAsync(lane.Client, cancellationToken).ConfigureAwait(false);
            }

            return true;
        }).ConfigureAwait(false);
        bool isMissing = _shellSettled is { Exception.InnerException: RemoteShellUnavailableException none } && (none.ConnectionStood || _memory.HadShell);
        bool missesShell = isMissing && _settings.Verify == VerifyPolicy.Auto && ProofOf(_settings.Verify, hash: null, lane.Client.Server) == VerifiedBy.Nothing;
        if (isMissing && (_settings.Assembly == AssemblyWay.Cat || (missesShell && _memory.HadShell)))
        {
            // For a while, so it seems: without it all would be published unverified from here on.
            (string before, string forGood) = _memory.HadShell ? (", which it had before", " If it is to have none from now on, restart the daemon, or set Verify = size: then nothing is proved there.") : ("", "");
            throw new VesselException(FailureKind.LoginHangs, $"Could not go on with {Name} without a shell{before}. {_probe.ShellProblem}{forGood}");
        }

        if (_shell.MissesHash && _settings.Verify == VerifyPolicy.Auto && ProofOf(_settings.Verify, hash: null, lane.Client.Server) == VerifiedBy.Nothing)
        {
            // Perhaps it is the disk that hangs, and none of them: all are tried again.
            _memory.ForgetHanging();
            throw new VesselException(FailureKind.LoginHangs, $"Could not go on with {Name}, because nothing hashes there: {string.Join(", ", _shell.Hanging)} {(_shell.Hanging.Count == 1 ? "is" : "are")} not over after {_dialer.ConnectPatience.TotalSeconds:0} s.");
        }

        _memory.HadShell |= _probe.ShellProblem is null;
        _memory.Unpacks = _probe.ShellProblem is null && _shell is { HasTar: true, SyncsFileSystems: true, Hash.ByName: true };
        Facts = FactsOf(lane, _probe) with { MissesShell = missesShell };
        if (_settings.Assembly == AssemblyWay.Cat && !Facts.HasShell)
        {
            throw new VesselException(FailureKind.Unsupported, $"Could not use Assembly = cat on {Name}, because {Facts.ShellProblem}.");
        }
    }

    // The lane is up, so the vessel is there: what came to nothing beside it is tried once more, alone. If that comes up it is one at a time from now on.
    private async Task<RemoteShell> SettledShellAsync(bool sideBySide, Task<RemoteShell> dialled, CancellationToken cancellationToken)
    {
        try
        {
            return await dialled.ConfigureAwait(false);
        }
        catch (VesselException failure) when (sideBySide && failure.IsOfTheLink)
        {
            RemoteShell shell = await _shell.OpenAsync(cancellationToken).ConfigureAwait(false);
            _memory.OneAtATime = true;
            return shell;
        }
    }

    private VesselFacts FactsOf(SshLane lane, VesselProbe? probe) => new()
    {
        HasShell = probe is { ShellProblem: null },
        ShellProblem = probe?.ShellProblem,
        FoldsCase = probe?.FoldsCase is BytePath place ? DestinationCheck.Shown(place) : null,
        HashTool = _shell.Hash?.Name,
        ProofPlan = _shell.Hash is null ? ProofPlan.ChunkByChunk : _shell.HashesFast ? ProofPlan.FastTool : ProofPlan.SlowTool,
        BootId = _shell.BootId,
        CanUnpack = TempFolder is null && _settings.Verify != VerifyPolicy.Size && _memory.Unpacks,
        CanSync = lane.Client.Server.Has("fsync@openssh.com"),
        CanReplace = lane.Client.Server.Has("posix-rename@openssh.com"),
        Extensions = [.. lane.Client.Server.Extensions.Keys.Order(StringComparer.Ordinal)],
        RoundTrip = lane.Signs.RoundTrip,
        SocketShortfall = _dialer.Plan.Shortfall,
        PinnedKey = $"{_first?.SshWords}\n{_shell.SshWords}".Split('\n', StringSplitOptions.TrimEntries)
            .Where(line => line.StartsWith(SshTalk.Pinned, StringComparison.Ordinal)).Select(DisplayText.Escape).FirstOrDefault(),
        Proof = ProofOf(_settings.Verify, _shell.Hash, lane.Client.Server) is var proof && proof == VerifiedBy.CheckFile && _memory.AvoidsCheckFile(_dialer.Time) ? VerifiedBy.Readback : proof,
    };
}
