using ContentMonster.Configuration;
using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Vessels;

/// <summary>
/// A vessel reached by ssh. Implementation notes.
/// <para>Control requests (look, publish, sweep) go over the first lane that lives; each is a few hundred bytes and shares that session's
/// queue with at most one window of data.</para>
/// <para>Connecting ends with the first lane: files may be sent from then on. The shell is dialled beside it and looked at while they travel
/// (<see cref="Explored"/>), because over a satellite that takes seconds.</para>
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
    private readonly VesselMemory _memory;
    private readonly CancellationTokenSource _closing = new();
    private readonly List<SshLane> _lanes = []; // guarded by itself
    private readonly LaneSupply _supply;
    private SshLane? _first;

    // Written while connecting, before anybody else has the vessel.
    private Task<RemoteShell>? _shellDialled;

    private SshVessel(VesselSettings settings, VesselPlaces places, VesselMemory memory, VesselDialer dialer)
    {
        _settings = settings;
        _places = places;
        _memory = memory;
        _dialer = dialer;
        _directories = new RemoteDirectories(places.Destinations, settings.Name, TempFolder);
        _supply = new LaneSupply(dialer, _directories, settings.Connections, _closing.Token);
        _shell = new VesselShell(dialer);
        _hasher = new RangeHasher(this, _shell, settings);
        _publishing = new PublishSteps(this, _shell, _directories, settings);
    }

    public string Name => _settings.Name;

    public VesselFacts Facts { get; private set; } = new();

    public Task Explored { get; private set; } = Task.CompletedTask;

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

    /// <summary>Connects within max(Timeout, 30 s): the first lane, and the shell where files cannot be begun without it.</summary>
    public static async Task<IVessel> ConnectAsync(
        VesselSettings settings, VesselPlaces places, VesselMemory memory, IUploadThrottle? throttle, TimeProvider time, long waitingBytes, CancellationToken cancellationToken)
    {
        var dialer = new VesselDialer(settings, places, time, throttle);
        var vessel = new SshVessel(settings, places, memory, dialer);
        using var deadline = new CancellationTokenSource(dialer.ConnectPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await dialer.PrepareAsync(either.Token).ConfigureAwait(false);
            await vessel.OpenAsync(waitingBytes, either.Token).ConfigureAwait(false);
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

        SshLane lane = await _supply.NextAsync(cancellationToken).ConfigureAwait(false);
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
        await LeavingNothingAsync(joined, () => RunShellAsync($"join {joined}", RemoteCopy.JoinScript(pieces, joined), cancellationToken)).ConfigureAwait(false);
    }

    public async Task CopyAsync(BytePath from, BytePath to, long sizeInBytes, CancellationToken cancellationToken)
    {
        await CreateAsync(to, cancellationToken).ConfigureAwait(false);
        await LeavingNothingAsync(to, async () =>
        {
            if (Facts.HasShell)
            {
                await RunShellAsync($"copy {from} to {to}", RemoteCopy.JoinScript([from], to), cancellationToken).ConfigureAwait(false);
                return;
            }

            await OnLaneAsync($"copy {from} to {to}", lane => RemoteCopy.ByServerAsync(lane.Client, from, to, PublishSteps.SyncPatience(_settings.Timeout, sizeInBytes), cancellationToken)).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    public Task<ReadyPart> ReadyAsync(PublishRequest request, CancellationToken cancellationToken) => _publishing.ReadyAsync(request, cancellationToken);

    public Task<IReadOnlyList<PublishOutcome>> PublishAsync(IReadOnlyList<PublishRequest> requests, CancellationToken cancellationToken) => _publishing.PublishAsync(requests, cancellationToken);

    public async Task<IReadOnlyList<byte[][]?>> UnpackAsync(IReadOnlyList<PackContent> packs, CancellationToken cancellationToken)
    {
        byte[] script = [.. PackScript.Unpack(packs, _shell.Hash!), .. ":\n"u8];
        return PackScript.ReadUnpacked(packs, await RunShellAsync("unpack", script, cancellationToken).ConfigureAwait(false));
    }

    public async Task<IReadOnlyList<bool>> PublishPacksAsync(IReadOnlyList<PackContent> packs, CancellationToken cancellationToken) =>
        PackScript.ReadPublished(packs, await RunShellAsync("publish", PackScript.Publish(packs), cancellationToken).ConfigureAwait(false));

    public Task<bool> AdoptAsync(PublishRequest request, CancellationToken cancellationToken) => _publishing.AdoptAsync(request, cancellationToken);

    public async Task SweepAsync(IReadOnlyList<BytePath> parts, CancellationToken cancellationToken)
    {
        // A file that was given up while its open was under way would be made after it had been swept.
        await Task.WhenAll(Lanes().Select(lane => lane.OpenedAsync(cancellationToken))).ConfigureAwait(false);
        await OnLaneAsync("remove unfinished files", lane => RemoteSweep.RunAsync(lane.Client, parts, TempFolder, PublishSteps.SyncPatience(_settings.Timeout, 0), cancellationToken)).ConfigureAwait(false);
    }

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
        SshLane[] lanes = Lanes(thenForget: true);
        await _closing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(Explored, _shellDialled ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // Side by side: each may have to wait for its ssh to leave.
        await Task.WhenAll([.. lanes.Select(lane => lane.DisposeAsync().AsTask()), _shell.DisposeAsync().AsTask(), _supply.DropAsync()]).ConfigureAwait(false);
        _closing.Dispose();
    }

    // What is half put together is of no use to the next attempt, and on a disk that is full it would keep out everything else.
    private async Task LeavingNothingAsync(BytePath half, Func<Task> assemble)
    {
        try
        {
            await assemble().ConfigureAwait(false);
        }
        catch (VesselException failure) when (!failure.IsOfTheLink)
        {
            long? free = await FreeBytesAsync(half, CancellationToken.None).ConfigureAwait(false);
            await OnLaneAsync($"remove {half}", lane => RemoteSweep.RunAsync(lane.Client, [half], tempFolder: null, PublishSteps.SyncPatience(_settings.Timeout, 0), CancellationToken.None)).ConfigureAwait(false);
            throw failure.Kind == FailureKind.VesselFull && free is not null
                ? new VesselException(failure.Kind, $"{failure.Message.TrimEnd()} (the vessel is full: {free} bytes were free beside it)", failure)
                : failure;
        }
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

    private async Task OpenAsync(long waitingBytes, CancellationToken cancellationToken)
    {
        bool sideBySide = _memory.MayDialSideBySide(byPassword: _settings.Password is not null);
        _shellDialled = sideBySide ? _shell.OpenAsync(_closing.Token) : null;
        try
        {
            _first = Added(await DialFirstAsync(waitingBytes, cancellationToken).ConfigureAwait(false));
            _memory.LoginWorks = true;
        }
        catch (VesselException failure) when (failure.Kind == FailureKind.LoginRefused)
        {
            _memory.LoginWorks = false;
            throw;
        }

        Facts = FactsOf(_first.Client, null);
        Explored = ExploreAsync(_first, sideBySide, _closing.Token);
        if (TempFolder is not null)
        {
            // Nothing is put into a folder that has not been looked at.
            await Explored.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<SshLane> DialFirstAsync(long waitingBytes, CancellationToken cancellationToken)
    {
        using var up = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task ahead = Task.CompletedTask;
        try
        {
            return await _supply.DialAsync("connect to", process => ahead = _shellDialled is null ? ahead : _supply.DialAheadAsync(process, waitingBytes, up.Token), cancellationToken).ConfigureAwait(false);
        }
        catch (VesselException failure) when (failure.IsOfTheLink && _shellDialled is not null)
        {
            await ((Task)_shellDialled).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_shellDialled.IsCompletedSuccessfully)
            {
                throw;
            }
        }
        finally
        {
            await up.CancelAsync().ConfigureAwait(false);
            await ahead.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _memory.OneAtATime = true;
        return await _supply.DialAsync("connect to", null, cancellationToken).ConfigureAwait(false);
    }

    private async Task ExploreAsync(SshLane lane, bool sideBySide, CancellationToken cancellationToken)
    {
        _shellDialled ??= _shell.OpenAsync(cancellationToken);
        if (sideBySide && await FailedByLinkAsync(_shellDialled).ConfigureAwait(false))
        {
            // The lane came up beside it, so the vessel is there: one at a time, then.
            _memory.OneAtATime = true;
            _shellDialled = _shell.OpenAsync(cancellationToken);
        }

        var probe = new VesselProbe(lane, _shell, _directories, _memory);
        await lane.TranslateAsync("look around", async () =>
        {
            await probe.RunAsync(_shellDialled, cancellationToken).ConfigureAwait(false);
            _directories.UserId = probe.UserId;
            if (TempFolder is BytePath folder)
            {
                await _directories.GuardAsync(lane.Client, folder, cancellationToken).ConfigureAwait(false);
            }

            return true;
        }).ConfigureAwait(false);
        _memory.Unpacks = probe.ShellProblem is null && _shell is { HasTar: true, SyncsFileSystems: true, Hash.ByName: true };
        Facts = FactsOf(lane.Client, probe);
        if (_settings.Assembly == AssemblyWay.Cat && !Facts.HasShell)
        {
            throw new VesselException(FailureKind.Unsupported, $"Could not use Assembly = cat on {Name}, because {Facts.ShellProblem}.");
        }
    }

    private static async Task<bool> FailedByLinkAsync(Task dialled)
    {
        await dialled.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return dialled.Exception?.InnerException is VesselException { IsOfTheLink: true };
    }

    private VesselFacts FactsOf(SftpClient client, VesselProbe? probe) => new()
    {
        HasShell = probe is { ShellProblem: null },
        ShellProblem = probe?.ShellProblem,
        HashTool = _shell.Hash?.Name,
        BootId = _shell.BootId,
        CanUnpack = TempFolder is null && _settings.Verify == VerifyPolicy.Auto && _memory.Unpacks,
        CanSync = client.Server.Has("fsync@openssh.com"),
        CanReplace = client.Server.Has("posix-rename@openssh.com"),
        Extensions = [.. client.Server.Extensions.Keys.Order(StringComparer.Ordinal)],
        RoundTrip = client.RoundTrip,
        SocketShortfall = _dialer.Plan.Shortfall,
        PinnedKey = $"{_first?.SshWords}\n{_shell.SshWords}".Split('\n', StringSplitOptions.TrimEntries)
            .Where(line => line.Contains("Permanently added", StringComparison.Ordinal)).Select(DisplayText.Escape).FirstOrDefault(),
        Proof = ProofOf(_settings.Verify, _shell.Hash, client.Server),
    };

    private SshLane[] Lanes(bool thenForget = false)
    {
        lock (_lanes)
        {
            SshLane[] lanes = [.. _lanes];
            if (thenForget)
            {
                _lanes.Clear();
            }

            return lanes;
        }
    }

    private SshLane Added(SshLane lane)
    {
        lock (_lanes)
        {
            _lanes.RemoveAll(one => one.Client.Broken is not null && one.Ended.IsCompleted && one.IsClosed && _lanes.Count > 1);
            _lanes.Add(lane);
        }

        return lane;
    }
}
