using ContentMonster.Configuration;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Vessels;

/// <summary>
/// A vessel reached by ssh. Implementation notes.
/// <para>Control requests (look, publish, sweep) go over the first lane that lives; each is a few hundred bytes and shares that session's
/// queue with at most one window of data.</para>
/// <para>A lane that breaks takes with it only what was on it. When the last one is gone every call fails with the reason kept then.</para>
/// </summary>
internal sealed class SshVessel : IVessel
{
    // The Python program's own default: chunk files need a place that is not the destination.
    private const string DefaultTempDir = "/tmp/.ContentMonster";
    private readonly VesselSettings _settings;
    private readonly VesselPlaces _places;
    private readonly VesselDialer _dialer;
    private readonly RemoteDirectories _directories;
    private readonly VesselShell _shell;
    private readonly RangeHasher _hasher;
    private readonly PublishSteps _publishing;
    private readonly List<SshLane> _lanes = []; // guarded by itself
    private SshLane? _first;

    private SshVessel(VesselSettings settings, VesselPlaces places, VesselDialer dialer)
    {
        _settings = settings;
        _places = places;
        _dialer = dialer;
        _directories = new RemoteDirectories(places.Destinations);
        _shell = new VesselShell(dialer);
        _hasher = new RangeHasher(this, _shell, settings);
        _publishing = new PublishSteps(this, _shell, _directories, settings);
    }

    public string Name => _settings.Name;

    public VesselFacts Facts { get; private set; } = new();

    private BytePath? TempFolder => TempDir is string folder ? BytePath.FromText(folder).Join(BytePath.FromText(_places.ShoreId)) : null;

    private string? TempDir => TempDirOf(_settings);

    /// <summary>The TempDir in force; null: unfinished files lie beside their destinations.</summary>
    public static string? TempDirOf(VesselSettings settings) => settings.TempDir ?? (settings.Assembly == AssemblyWay.Cat ? DefaultTempDir : null);

    /// <summary>How content is proved on a vessel with this hash tool (null: none) and this SFTP server.</summary>
    public static VerifiedBy ProofOf(VerifyPolicy policy, HashTool? hash, SftpServerFacts server) => policy switch
    {
        VerifyPolicy.Size => VerifiedBy.Nothing,
        VerifyPolicy.Readback => VerifiedBy.Readback,
        _ when hash is not null => VerifiedBy.RemoteHash,
        _ when server.Has("check-file") || server.Has("check-file-handle") => VerifiedBy.CheckFile,
        _ => VerifiedBy.Nothing,
    };

    /// <summary>Connects within max(Timeout, 30 s): the first lane, then the shell.</summary>
    public static async Task<IVessel> ConnectAsync(VesselSettings settings, VesselPlaces places, IUploadThrottle? throttle, TimeProvider time, CancellationToken cancellationToken)
    {
        var dialer = new VesselDialer(settings, places, time, throttle);
        var vessel = new SshVessel(settings, places, dialer);
        using var deadline = new CancellationTokenSource(dialer.ConnectPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await dialer.PrepareAsync(either.Token).ConfigureAwait(false);
            await vessel.OpenAsync(either.Token).ConfigureAwait(false);
            return vessel;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            await vessel.DisposeAsync().ConfigureAwait(false);
            throw new VesselException(FailureKind.Unreachable, $"Could not connect to {settings.Name}, because it took more than {dialer.ConnectPatience.TotalSeconds:0} s.");
        }
        catch
        {
            await vessel.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task<IVesselLane> OpenLaneAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _first, null) is { } first)
        {
            return first;
        }

        SshLane lane = await DialAsync("open another lane to", cancellationToken).ConfigureAwait(false);
        try
        {
            if (Facts.HasShell)
            {
                // The shell's connection was there before and has outlived no restart: what was verified since is still there for this lane.
                // A shell that has to be opened again looks at the boot id itself.
                await RunShellAsync("open another lane", ":\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            await lane.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return Added(lane);
    }

    public Task<RemoteLook?> LookAsync(BytePath path, CancellationToken cancellationToken) =>
        OnLaneAsync($"look at {path}", async lane => ToLook(await lane.Client.LinkStatAsync(path.Bytes, cancellationToken).ConfigureAwait(false)));

    public Task CreateAsync(BytePath part, CancellationToken cancellationToken) => OnLaneAsync($"create {part}", async lane =>
    {
        SftpHandle handle = await lane.CreateAsync(part).ConfigureAwait(false);
        await lane.Client.CloseAsync(handle, cancellationToken).ConfigureAwait(false);
        return true;
    });

    public Task<long?> FreeBytesAsync(BytePath part, CancellationToken cancellationToken) => OnLaneAsync($"see the free space beside {part}", async lane =>
    {
        try
        {
            BytePath folder = part.Parent.IsEmpty ? BytePath.FromText(".") : part.Parent;
            return (await lane.Client.SpaceAsync(folder.Bytes, cancellationToken).ConfigureAwait(false))?.AvailableBytes;
        }
        catch (SftpStatusException)
        {
            return null; // A directory that is yet to be made: the first write tells.
        }
    });

    public Task<IReadOnlyList<RangeHash>> HashAsync(IReadOnlyList<RemoteRange> ranges, CancellationToken cancellationToken) => _hasher.HashAsync(Facts.Proof, ranges, cancellationToken);

    public async Task JoinAsync(IReadOnlyList<BytePath> pieces, BytePath joined, CancellationToken cancellationToken)
    {
        await CreateAsync(joined, cancellationToken).ConfigureAwait(false);
        await RunShellAsync($"join {joined}", RemoteCopy.JoinScript(pieces, joined), cancellationToken).ConfigureAwait(false);
    }

    public async Task CopyAsync(BytePath from, BytePath to, long sizeInBytes, CancellationToken cancellationToken)
    {
        await CreateAsync(to, cancellationToken).ConfigureAwait(false);
        if (Facts.HasShell)
        {
            await RunShellAsync($"copy {from} to {to}", RemoteCopy.JoinScript([from], to), cancellationToken).ConfigureAwait(false);
            return;
        }

        await OnLaneAsync($"copy {from} to {to}", lane => RemoteCopy.ByServerAsync(lane.Client, from, to, PublishSteps.SyncPatience(_settings.Timeout, sizeInBytes), cancellationToken)).ConfigureAwait(false);
    }

    public Task<IReadOnlyList<PublishOutcome>> PublishAsync(IReadOnlyList<PublishRequest> requests, CancellationToken cancellationToken) => _publishing.PublishAsync(requests, cancellationToken);

    public Task<bool> AdoptAsync(PublishRequest request, CancellationToken cancellationToken) => _publishing.AdoptAsync(request, cancellationToken);

    public Task SweepAsync(IReadOnlyList<BytePath> parts, CancellationToken cancellationToken) =>
        OnLaneAsync("remove unfinished files", lane => RemoteSweep.RunAsync(lane.Client, parts, TempFolder, PublishSteps.SyncPatience(_settings.Timeout, 0), cancellationToken));

    public PartLayout LayoutFor(BytePath destination, string id) =>
        new(PartName.Sibling(destination, id), id, TempFolder, InPieces: _settings.Assembly == AssemblyWay.Cat);

    /// <summary>Runs requests on the first lane that lives.</summary>
    public Task<T> OnLaneAsync<T>(string doing, Func<SshLane, Task<T>> requests)
    {
        SshLane? lane;
        lock (_lanes)
        {
            lane = _lanes.Find(one => one.Client.Broken is null) ?? _lanes.LastOrDefault();
        }

        return lane is null
            ? throw new VesselException(FailureKind.ConnectionLost, $"Could not {doing} on {Name}, because no connection is open.")
            : lane.TranslateAsync(doing, () => requests(lane));
    }

    /// <summary>Runs a script; a status other than 0 is a failure told with the script's output.</summary>
    public async Task<byte[]> RunShellAsync(string doing, byte[] script, CancellationToken cancellationToken)
    {
        try
        {
            ShellResult result = await _shell.RunAsync(script, cancellationToken).ConfigureAwait(false);
            if (result.ExitStatus == 0)
            {
                return result.Output;
            }

            string said = DisplayText.Escape(result.Output.AsSpan(0, Math.Min(result.Output.Length, 500)));
            FailureKind kind = said.Contains("No space left", StringComparison.OrdinalIgnoreCase) || said.Contains("quota", StringComparison.OrdinalIgnoreCase) ? FailureKind.VesselFull : FailureKind.Refused;
            throw new VesselException(kind, $"Could not {doing} on {Name}, because its shell ended with {result.ExitStatus}: {said}");
        }
        catch (Exception exception) when (exception is IOException and not VesselException or ObjectDisposedException)
        {
            throw VesselFault.FromSftp(doing, Name, exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        SshLane[] lanes;
        lock (_lanes)
        {
            lanes = [.. _lanes];
            _lanes.Clear();
        }

        // Side by side: each may have to wait for its ssh to leave.
        await Task.WhenAll(lanes.Select(lane => lane.DisposeAsync().AsTask()).Append(_shell.DisposeAsync().AsTask())).ConfigureAwait(false);
    }

    private static RemoteLook? ToLook(SftpAttributes? attributes) => attributes is null ? null : new RemoteLook(
        attributes.Type switch
        {
            SftpFileType.Regular => RemoteKind.Regular,
            SftpFileType.Directory => RemoteKind.Directory,
            SftpFileType.SymbolicLink => RemoteKind.SymbolicLink,
            _ => RemoteKind.Other,
        },
        attributes.SizeInBytes ?? -1, attributes.UserId, attributes.Mode, attributes.ModifiedUnixSeconds);

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        // One after the other, though over a satellite each costs seconds: with a wrong password two side by side are two failed logins an
        // attempt, and many vessels lock an account after a few. Whether the shell came up is seen when it is proved.
        _first = Added(await DialAsync("connect to", cancellationToken).ConfigureAwait(false));
        Task<RemoteShell> shell = _shell.OpenAsync(cancellationToken);
        await EndedAsync(shell).ConfigureAwait(false);

        var probe = new VesselProbe(_first, _shell, _directories);
        await _first.TranslateAsync("look around", async () =>
        {
            await probe.RunAsync(cancellationToken).ConfigureAwait(false);
            if (TempFolder is BytePath folder)
            {
                await TempDirGuard.PrepareAsync(_first.Client, Name, folder.Parent, folder, probe.UserId, cancellationToken).ConfigureAwait(false);
            }

            return true;
        }).ConfigureAwait(false);
        Facts = FactsOf(_first.Client, probe);
        if (_settings.Assembly == AssemblyWay.Cat && !Facts.HasShell)
        {
            throw new VesselException(FailureKind.Unsupported, $"Could not use Assembly = cat on {Name}, because {Facts.ShellProblem}.");
        }
    }

    private static Task EndedAsync(Task task) => task.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    private VesselFacts FactsOf(SftpClient client, VesselProbe probe) => new()
    {
        HasShell = probe.ShellProblem is null,
        ShellProblem = probe.ShellProblem,
        HashTool = _shell.Hash?.Name,
        BootId = _shell.BootId,
        CanSync = client.Server.Has("fsync@openssh.com"),
        CanReplace = client.Server.Has("posix-rename@openssh.com"),
        Extensions = [.. client.Server.Extensions.Keys.Order(StringComparer.Ordinal)],
        MaxWriteLength = client.Server.MaxWriteLength,
        RoundTrip = client.RoundTrip,
        PinnedKey = $"{_first?.SshWords}\n{_shell.SshWords}".Split('\n', StringSplitOptions.TrimEntries)
            .Where(line => line.Contains("Permanently added", StringComparison.Ordinal)).Select(DisplayText.Escape).FirstOrDefault(),
        Proof = ProofOf(_settings.Verify, _shell.Hash, client.Server),
    };

    private async Task<SshLane> DialAsync(string doing, CancellationToken cancellationToken)
    {
        (SshProcess process, SftpClient client) = await _dialer.DialSftpAsync(doing, cancellationToken).ConfigureAwait(false);
        return new SshLane(_dialer, _directories, process, client);
    }

    private SshLane Added(SshLane lane)
    {
        lock (_lanes)
        {
            _lanes.RemoveAll(one => one.Client.Broken is not null && one.Ended.IsCompleted && _lanes.Count > 1);
            _lanes.Add(lane);
        }

        return lane;
    }
}
