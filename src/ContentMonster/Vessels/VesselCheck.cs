using ContentMonster.Configuration;
using ContentMonster.Diagnostics;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Vessels;

/// <summary>
/// Tries one vessel step by step, each finding told as it is made. It uses what deliveries use, on a connection of its own; of a daemon at
/// work it touches nothing. All has to be over some seconds after the deadline for connecting.
/// </summary>
internal sealed class VesselCheck
{
    private static readonly TimeSpan AfterConnecting = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookPatience = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan LastWordsPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastWordsPause = TimeSpan.FromMilliseconds(20);

    private readonly VesselSettings _settings;
    private readonly VesselPlaces _places;
    private readonly CheckSurroundings _shore;
    private readonly TimeProvider _time;
    private readonly Action<VesselFinding> _told;
    private readonly VesselDialer _dialer;
    private readonly RemoteDirectories _directories;
    private readonly VesselShell _shell;

    // Written by the task that looks, read by the one that ends it.
    private volatile SshLane? _lane;
    private volatile Task<RemoteShell>? _dialled;
    private volatile bool _over;

    public VesselCheck(VesselSettings settings, VesselPlaces places, CheckSurroundings shore, TimeProvider time, Action<VesselFinding> tell)
    {
        (_settings, _places, _shore, _time, _told) = (settings, places, shore, time, tell);
        BandwidthLimiter? limiter = settings.BandwidthLimit is long rate ? new BandwidthLimiter(rate, time) : null;
        _dialer = new VesselDialer(settings, places, time, limiter, new Connections(), talkative: true);
        _directories = new RemoteDirectories(places.Destinations, settings.Name, tempFolder: null);
        _shell = new VesselShell(_dialer, new VesselMemory { Hung = TellHanging, ShellsWithoutAWord = 1 }, LookPatience);
    }

    public TimeSpan Longest => _dialer.ConnectPatience + AfterConnecting;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Longest, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        Task work = LookAsync(either.Token);
        try
        {
            await work.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            Tell("time", FindingGrade.Bad, $"The vessel took more than {Longest.TotalSeconds:0} s, so what is not named above was not looked at. If links are this slow by nature, raise Timeout.");
        }
        catch (VesselException failure)
        {
            Tell(DestinationCheck.Failed("connection", failure, _settings.Name));
        }
        finally
        {
            _over = true;
            await EndAsync(work).ConfigureAwait(false);
        }
    }

    // It has a moment to remove what it made. Closing the session ends whatever it still waits for; what it had opened in that very moment is closed then.
    private async Task EndAsync(Task work)
    {
        await work.WaitAsync(VesselProbe.SettlePatience, _time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await CloseLaneAsync().ConfigureAwait(false);
        await work.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).ConfigureAwait(false);
        await CloseLaneAsync().ConfigureAwait(false);
        await (_dialled ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _shell.DisposeAsync().ConfigureAwait(false);
    }

    private async Task CloseLaneAsync()
    {
        if (_lane is { } lane)
        {
            await lane.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (await ConnectAsync(cancellationToken).ConfigureAwait(false) is not { } lane)
        {
            return;
        }

        _lane = lane;
        await lane.Client.LimitsKnown.WaitAsync(cancellationToken).ConfigureAwait(false);
        TellCongestion(lane);
        TellSftp(lane.Client.Server);
        var places = new DestinationCheck(lane, _directories, _settings.Name, Tell);
        await NoteMissingAsync(lane, places, cancellationToken).ConfigureAwait(false);
        try
        {
            var probe = new VesselProbe(_shell, _directories, new VesselMemory(), _places.Watched, _settings.Timeout, _time);
            _dialled = _shell.OpenAsync(cancellationToken);
            await lane.TranslateAsync("look around", () => DoneAsync(probe.RunAsync(lane, _dialled, cancellationToken))).ConfigureAwait(false);
            TellShell(probe.ShellProblem, lane.Client.Server);
            if (probe.FoldsCase is BytePath folds)
            {
                Tell("names", FindingGrade.Doubtful, $"{DestinationCheck.Shown(folds)} does not tell upper from lower case: of files of one directory whose names differ in nothing else the last one replaces the others, and all count as delivered. Give them names that differ in more than case.");
            }

            await LookAtPlacesAsync(lane, places, probe.UserId, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (lane.Client.Broken is null)
            {
                await places.RemoveMadeAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task<SshLane?> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _dialer.PrepareAsync(early: null, cancellationToken).ConfigureAwait(false);
        }
        catch (VesselException failure)
        {
            Tell(DestinationCheck.Failed("ssh", failure, _settings.Name));
            return null;
        }

        var report = new ConnectionReport(_settings, _places, _shore, _dialer.Configuration!, Tell);
        report.TellConfiguration();
        try
        {
            (SshProcess process, SftpClient client) = await _dialer.DialSftpAsync("connect to", null, cancellationToken).ConfigureAwait(false);
            report.Tell(await TalkAsync(process, cancellationToken).ConfigureAwait(false), null);
            return new SshLane(_dialer, _directories, process, client, process.Tcp);
        }
        catch (VesselException failure)
        {
            report.Tell(_dialer.LastTalk, failure);
            return null;
        }
    }

    // ssh has written its words before the first byte of SFTP came; they take another way to us and may be a moment later.
    private async Task<SshTalk> TalkAsync(SshProcess process, CancellationToken cancellationToken)
    {
        long begun = _time.GetTimestamp();
        while (true)
        {
            SshTalk talk = _dialer.TalkOf(process);
            if (talk.LoggedInBy is not null || _time.GetElapsedTime(begun) > LastWordsPatience)
            {
                return talk;
            }

            await Task.Delay(LastWordsPause, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private void TellCongestion(SshLane lane)
    {
        bool throughOther = _dialer.Configuration is { HasProxyJump: true } or { HasProxyCommand: true };
        Tell(new CongestionReport(
            _settings.CongestionControl, _dialer.Plan, lane.ReadLink()?.CongestionControl, TcpCongestion.OfSystem(), TcpCongestion.Available(), TcpCongestion.AllowedToAll(), throughOther).Finding());
    }

    private void TellSftp(SftpServerFacts server)
    {
        (string Name, string Lost)[] wanted =
        [
            ("posix-rename@openssh.com", "a file that replaces another one is missing under its name for a moment while it is published"),
            ("fsync@openssh.com", "a power cut on the vessel may tear files that were just published"),
            ("statvfs@openssh.com", "free space is not known, and a full disk shows only when a write fails"),
            ("limits@openssh.com", $"writes stay at {SizeText.Of(server.MaxWriteLength)}, which costs speed on long links"),
        ];
        string there = string.Join(", ", wanted.Where(one => server.Has(one.Name)).Select(one => one.Name.Split('@')[0]));
        Tell("SFTP", FindingGrade.Good, $"version {server.Version}, {(there.Length == 0 ? "no extensions that matter" : there)}; writes of up to {SizeText.Of(server.MaxWriteLength)}");
        foreach ((string name, string lost) in wanted.Where(one => !server.Has(one.Name)))
        {
            Tell("SFTP", FindingGrade.Doubtful, $"{name} is missing: {lost}. A current OpenSSH on the vessel has it.");
        }
    }

    private void TellShell(string? problem, SftpServerFacts server)
    {
        VerifiedBy proof = SshVessel.ProofOf(_settings.Verify, problem is null ? _shell.Hash : null, server);
        if (problem is null)
        {
            Tell("shell", FindingGrade.Good, "a POSIX shell that sees the same files as SFTP");
        }
        else if (_settings.Assembly == AssemblyWay.Cat)
        {
            Tell("shell", FindingGrade.Bad, $"Could not use it, because {problem}. Assembly = cat needs one: set Assembly = inplace, or let the login user have a shell.");
        }
        else
        {
            Tell("shell", FindingGrade.Doubtful, $"not usable, because {problem}. Files are delivered all the same, by SFTP alone.");
        }

        Tell(proof switch
        {
            VerifiedBy.RemoteHash => new("verification", FindingGrade.Good, $"by {_shell.Hash!.Name} on the vessel"),
            VerifiedBy.CheckFile => new("verification", FindingGrade.Good, "by the SFTP server's check-file"),
            VerifiedBy.Readback => new("verification", FindingGrade.Good, "by reading every file back (Verify = readback), which doubles the traffic"),
            _ when _settings.Verify == VerifyPolicy.Size => new("verification", FindingGrade.Doubtful, "by size only (Verify = size): files are marked unverified. Remove Verify to have them hashed."),
            _ when _shell.MissesHash => new("verification", FindingGrade.Bad, "no way to hash on the vessel, because commands hang there (see above): nothing is delivered until one works."),
            _ => new("verification", FindingGrade.Doubtful, $"no way to hash on the vessel{(problem is null ? ": it has none of openssl, sha256sum, shasum, sha256, busybox, digest" : "")}, so files are published on size and marked unverified. Set Verify = readback to read every file back, or let the login user have a shell with sha256sum."),
        });
    }

    // At once: the deadline may come before the look is over.
    private void TellHanging(string command) =>
        Tell("command", FindingGrade.Doubtful, $"{command} is not over after {LookPatience.TotalSeconds:0} s. A delivery waits for it longer, and then does without if that can be. {Advice.For(FailureKind.CommandHangs, _settings.Name)}");

    private async Task NoteMissingAsync(SshLane lane, DestinationCheck places, CancellationToken cancellationToken) => await lane.TranslateAsync("look around", async () =>
    {
        foreach (BytePath place in _places.Destinations.Concat(TempDir is { } tempDir ? [tempDir.Join(TempFolderName)] : []))
        {
            try
            {
                await places.NoteMissingAsync(place, cancellationToken).ConfigureAwait(false);
            }
            catch (SftpStatusException)
            {
                // Not to be entered: the check of that place says why.
            }
        }

        return true;
    }).ConfigureAwait(false);

    private BytePath? TempDir => SshVessel.TempDirOf(_settings) is string folder ? BytePath.FromText(folder) : null;

    private BytePath TempFolderName => BytePath.FromText(_places.ShoreId);

    private async Task LookAtPlacesAsync(SshLane lane, DestinationCheck places, int? userId, CancellationToken cancellationToken)
    {
        var writable = new List<BytePath>();
        foreach (BytePath directory in _places.Destinations)
        {
            if (await places.CheckAsync(directory, cancellationToken).ConfigureAwait(false))
            {
                writable.Add(directory);
            }
        }

        if (_places.Destinations.Count == 0)
        {
            Tell("destination", FindingGrade.Doubtful, "none: IgnoreDirs leaves no directory for this vessel.");
        }

        if (TempDir is BytePath tempDir)
        {
            await LookAtTempDirAsync(lane, places, tempDir, userId, writable, cancellationToken).ConfigureAwait(false);
        }

        await FindLeftoversAsync(lane, cancellationToken).ConfigureAwait(false);
        Tell("round trip", FindingGrade.Good, $"{lane.Client.RoundTrip.TotalMilliseconds:0.0} ms");
        if (writable.Count > 0)
        {
            TellRate(await places.MeasureRateAsync(writable[0], _settings.BandwidthLimit, _time, cancellationToken).ConfigureAwait(false));
        }
    }

    private async Task LookAtTempDirAsync(SshLane lane, DestinationCheck places, BytePath tempDir, int? userId, List<BytePath> writable, CancellationToken cancellationToken)
    {
        BytePath folder = tempDir.Join(TempFolderName);
        var guard = new TempDirGuard(_settings.Name, folder) { UserId = userId };
        try
        {
            await lane.TranslateAsync($"use TempDir {tempDir}", () => DoneAsync(guard.PrepareAsync(lane.Client, cancellationToken))).ConfigureAwait(false);
            Tell("TempDir", FindingGrade.Good, $"{tempDir} is safe: nobody else can write to our folder in it");
            foreach (BytePath directory in writable)
            {
                await places.CheckRenameAsync(folder, directory, cancellationToken).ConfigureAwait(false);
            }

            Tell(await lane.TranslateAsync($"list {tempDir}", () => LeftoverSearch.InTempDirAsync(lane.Client, tempDir, _places.ShoreId, cancellationToken)).ConfigureAwait(false));
        }
        catch (VesselException failure) when (failure.Kind == FailureKind.TempDirUnsafe || !failure.IsOfTheLink)
        {
            Tell(DestinationCheck.Failed("TempDir", failure, _settings.Name));
        }
    }

    private async Task FindLeftoversAsync(SshLane lane, CancellationToken cancellationToken)
    {
        foreach (BytePath directory in _places.Destinations)
        {
            try
            {
                Tell(await LeftoverSearch.InDestinationAsync(lane.Client, directory, _shore.OurParts, cancellationToken).ConfigureAwait(false));
            }
            catch (SftpStatusException)
            {
                Tell("leftovers", FindingGrade.Doubtful, $"not known in {DestinationCheck.Shown(directory)}: the login user may not list it.");
            }
        }
    }

    private void TellRate(RateSample sample)
    {
        string limit = _settings.BandwidthLimit is long most ? $"; BandwidthLimit is {SizeText.Of(most)}/s" : "";
        Tell("rate", FindingGrade.Good, $"{SizeText.Of((long)sample.BytesPerSecond)}/s on one lane ({SizeText.Of(sample.SentBytes)} in {sample.Took.TotalSeconds:0.00} s; deliveries use {(_settings.Connections is int lanes ? $"up to {lanes}" : "as many as pay, up to 8")}{limit})");
    }

    private void Tell(string what, FindingGrade grade, string text) => Tell(new VesselFinding(what, grade, text));

    private void Tell(VesselFinding finding)
    {
        if (!_over)
        {
            _told(finding);
        }
    }

    private static async Task<bool> DoneAsync(Task task)
    {
        await task.ConfigureAwait(false);
        return true;
    }
}
