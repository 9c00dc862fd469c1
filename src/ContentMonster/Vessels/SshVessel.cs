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
internal sealed partial class SshVessel : IVessel
{
    // The Python program's own default: chunk files need a place that is not the destination.
    private const string DefaultTempDir = "/tmp/.ContentMonster";
    private const string Sweeping = "remove unfinished files";
    private readonly VesselSettings _settings;
    private readonly VesselPlaces _places;
    private readonly VesselDialer _dialer;
    private readonly RemoteDirectories _directories;
    private readonly VesselShell _shell;
    private readonly RangeHasher _hasher;
    private readonly PublishSteps _publishing;
    private readonly VesselMemory _memory;
    private readonly VesselProbe _probe;
    private readonly PieceSweep? _pieces;
    private readonly CancellationTokenSource _closing = new();
    private readonly List<SshLane> _lanes = []; // guarded by itself
    private readonly LaneSupply _supply;
    private SshLane? _first;

    // Written while connecting, before anybody else has the vessel.
    private Task<RemoteShell>? _shellDialled;
    private Task<RemoteShell>? _shellSettled; // by the one that explores

    private SshVessel(VesselSettings settings, VesselPlaces places, VesselMemory memory, VesselDialer dialer)
    {
        _settings = settings;
        _places = places;
        _memory = memory;
        _dialer = dialer;
        _directories = new RemoteDirectories(places.Destinations, settings.Name, TempFolder) { Hangs = place => memory.Places?.Holds(place) == true };
        _supply = new LaneSupply(dialer, _directories, settings.Connections, _closing.Token);
        _shell = new VesselShell(dialer, memory, dialer.ConnectPatience);
        _probe = new VesselProbe(_shell, _directories, memory, places.Watched, PublishSteps.SyncPatience(settings.Timeout, 0), dialer.Time)
        {
            LooksAt = place => Facts = Facts with { LooksAt = place },
        };
        _hasher = new RangeHasher(this, _shell, memory, settings, dialer.Time);
        _pieces = TempFolder is BytePath folder
            ? new PieceSweep(folder, ids => OnLaneAsync(Sweeping, lane => RemoteSweep.RemovePiecesAsync(lane.Client, ids, folder, mustList: false, _closing.Token))) : null;
        _publishing = new PublishSteps(this, _shell, _directories, settings);
    }

    public string Name => _settings.Name;

    public VesselFacts Facts { get; private set; } = new();

    public Task Explored { get; private set; } = Task.CompletedTask;

    private BytePath? TempFolder => TempFolderOf(_settings, _places.ShoreId);

    /// <summary>The TempDir in force; null: unfinished files lie beside their destinations.</summary>
    public static string? TempDirOf(VesselSettings settings) => settings.TempDir ?? (settings.Assembly == AssemblyWay.Cat ? DefaultTempDir : null);

    /// <summary>This shore's own folder in it.</summary>
    public static BytePath? TempFolderOf(VesselSettings settings, string shoreId) =>
        TempDirOf(settings) is string folder ? BytePath.FromText(folder).Join(BytePath.FromText(shoreId)) : null;

    /// <summary>How content is proved on a vessel with this hash tool (null: none) and this SFTP server.</summary>
    public static VerifiedBy ProofOf(VerifyPolicy policy, HashTool? hash, SftpServerFacts server) => policy switch
    {
        VerifyPolicy.Size => VerifiedBy.Nothing,
        _ when hash is not null => VerifiedBy.RemoteHash,
        _ when server.OffersSha256 => VerifiedBy.CheckFile,
        VerifyPolicy.Readback => VerifiedBy.Readback,
        _ => VerifiedBy.Nothing,
    };

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
                await RunShellAsync("open another lane", ":\n"u8.ToArray(), ScriptPatience(0), cancellationToken).ConfigureAwait(false);
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

    public async Task<IReadOnlySet<BytePath>?> NamesAsync(BytePath directory, int most, CancellationToken cancellationToken)
    {
        if (_memory.ListingBroke)
        {
            return null;
        }

        try
        {
            return await OnLaneAsync($"list {directory}", lane => NamesAsync(lane, directory, most, cancellationToken)).ConfigureAwait(false);
        }
        catch (VesselException failure) when (failure.IsOfTheLink)
        {
            // The server looks at each entry; one of them may be a mount that hangs, and then every visit would end here.
            _memory.ListingBroke = true;
            throw;
        }
    }

    public Task CreateAsync(BytePath part, CancellationToken cancellationToken) => OnLaneAsync($"create {part}", async lane =>
    {
        SftpHandle handle = await lane.CreateAsync(part).ConfigureAwait(false);
        await lane.Client.CloseAsync(handle, cancellationToken).ConfigureAwait(false);
        return true;
    });

    public Task<RemoteSpace?> SpaceAsync(BytePath part, CancellationToken cancellationToken) => OnLaneAsync<RemoteSpace?>($"see the free space beside {part}", async lane =>
    {
        for (BytePath folder = part.Parent; ; folder = folder.Parent)
        {
            try
            {
                SftpSpace? space = await lane.Client.SpaceAsync(folder.IsEmpty ? "."u8.ToArray() : folder.Bytes, cancellationToken).ConfigureAwait(false);
                return space is null ? null : new RemoteSpace(space.AvailableBytes, space.FileSystemId, space.TotalBytes);
            }
            catch (SftpStatusException missing) when (missing.Status == SftpStatus.NoSuchFile && !folder.IsEmpty && folder.Parent != folder)
            {
                // A directory that is yet to be made is made on the file system of the one above it.
            }
            catch (SftpStatusException)
            {
                return null; // The first write tells.
            }
        }
    });

    public Task<IReadOnlyList<RangeHash>> HashAsync(IReadOnlyList<RemoteRange> ranges, CancellationToken cancellationToken) => _hasher.HashAsync(Facts.Proof, ranges, cancellationToken);

    public async Task JoinAsync(IReadOnlyList<BytePath> pieces, BytePath joined, long largestPiece, CancellationToken cancellationToken)
    {
        if (!Facts.HasShell)
        {
            throw new VesselException(FailureKind.Unsupported, $"Could not join {joined} on {Name}, because {Facts.ShellProblem ?? "its shell has not been looked at yet"}.");
        }

        await CreateAsync(joined, cancellationToken).ConfigureAwait(false);
        await LeavingNothingAsync(joined, () => RunShellAsync($"join {joined}", RemoteCopy.JoinScript(pieces, joined), ScriptPatience(largestPiece), cancellationToken)).ConfigureAwait(false);
    }

    public async Task CopyAsync(BytePath from, BytePath to, long sizeInBytes, CancellationToken cancellationToken)
    {
        await CreateAsync(to, cancellationToken).ConfigureAwait(false);

        // By now it has the source's mode, which may keep its owner from reading it.
        await OnLaneAsync($"read {from}", async lane =>
        {
            await _directories.ConfirmAsync(lane.Client, from).ConfigureAwait(false);
            await lane.Client.SetStatAsync(from.Bytes, new SftpAttributes { Mode = OwnPart.Mode }, cancellationToken).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        await LeavingNothingAsync(to, async () =>
        {
            if (Facts.HasShell)
            {
                await RunShellAsync($"copy {from} to {to}", RemoteCopy.JoinScript([from], to), ScriptPatience(sizeInBytes), cancellationToken).ConfigureAwait(false);
                return;
            }

            await OnLaneAsync($"copy {from} to {to}", lane => RemoteCopy.ByServerAsync(lane.Client, from, to, PublishSteps.SyncPatience(_settings.Timeout, sizeInBytes), cancellationToken)).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    public Task<ReadyPart> ReadyAsync(PublishRequest request, CancellationToken cancellationToken) => _publishing.ReadyAsync(request, cancellationToken);

    public Task<IReadOnlyList<PublishOutcome>> PublishAsync(IReadOnlyList<PublishRequest> requests, CancellationToken cancellationToken) => _publishing.PublishAsync(requests, cancellationToken);

    public async Task<IReadOnlyList<bool?>> DeliverPacksAsync(IReadOnlyList<PackContent> packs, CancellationToken cancellationToken)
    {
        try
        {
            return PackScript.Read(packs, await RunShellAsync("unpack and publish", PackScript.Deliver(packs, _shell.Hash!), PublishSteps.FileSystemSyncPatience, cancellationToken).ConfigureAwait(false));
        }
        catch (VesselException hanging) when (hanging.Kind == FailureKind.CommandHangs)
        {
            // Most likely; and without it no archive is sent any more.
            _memory.Hangs("tar", _dialer.Time);
            Facts = Facts with { CanUnpack = false };
            throw;
        }
    }

    public Task<bool> AdoptAsync(PublishRequest request, CancellationToken cancellationToken) => _publishing.AdoptAsync(request, cancellationToken);

    public async Task<IReadOnlyDictionary<BytePath, VesselException>> SweepAsync(IReadOnlyList<BytePath> parts, CancellationToken cancellationToken)
    {
        // A file that was given up while its open was under way would be made after it had been swept.
        await Task.WhenAll(Lanes().Select(lane => lane.OpenedAsync(cancellationToken))).ConfigureAwait(false);
        IReadOnlyDictionary<BytePath, SftpStatusException> left = await OnLaneAsync(
            Sweeping, lane => RemoteSweep.RunAsync(lane.Client, parts, _pieces, PublishSteps.SyncPatience(_settings.Timeout, 0), cancellationToken)).ConfigureAwait(false);
        return left.ToDictionary(static one => one.Key, one => VesselFault.FromSftp(Sweeping, Name, one.Value));
    }

    public async Task<bool> ShellAnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _shell.OpenAsync(cancellationToken).ConfigureAwait(false);
            _memory.HadShell = true;
            return true;
        }
        catch (Exception none) when (none is IOException or ObjectDisposedException)
        {
            return false; // None yet; if the link is lost, the lanes tell.
        }
    }

    public bool Owns(BytePath part) => _probe.Owns(part);

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

    /// <summary>So long a script that reads or writes so many bytes may print nothing.</summary>
    public TimeSpan ScriptPatience(long bytes) => PublishSteps.SyncPatience(_settings.Timeout, bytes);

    /// <summary>Runs a script; a status other than 0 is a failure told with the script's output.</summary>
    /// <param name="doing">Finishes "Could not".</param>
    /// <param name="script">What is run.</param>
    /// <param name="outputPatience">As of <see cref="RemoteShell.RunAsync"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<byte[]> RunShellAsync(string doing, byte[] script, TimeSpan outputPatience, CancellationToken cancellationToken)
    {
        try
        {
            ShellResult result = await _shell.RunAsync(script, outputPatience, cancellationToken).ConfigureAwait(false);
            if (result.ExitStatus == 0)
            {
                return result.Output;
            }

            // Dots are a script's signs of life.
            ReadOnlySpan<byte> output = result.Output.AsSpan(0, Math.Min(result.Output.Length, 500)).Trim("\n"u8);
            string said = output.ContainsAnyExcept("\n."u8) ? ": " + DisplayText.Escape(output) : " and said nothing";
            throw new VesselException(VesselFault.KindOf(said) ?? FailureKind.Refused, $"Could not {doing} on {Name}, because its shell ended with {result.ExitStatus}{said}");
        }
        catch (Exception exception) when (exception is IOException and not VesselException or ObjectDisposedException)
        {
            if (exception is RemoteShellStalledException)
            {
                // Most likely the link: lanes that owe nothing would notice it only when they are asked for something, one after another.
                Array.ForEach(Lanes(), static lane => lane.Client.EndIfLinkIsGone());
            }

            throw _shell.GivenUp is string reason ? VesselFault.OfGivenUp($"{doing} on", Name, reason, exception) : VesselFault.FromSftp(doing, Name, exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        SshLane[] lanes = Lanes(thenForget: true);
        await _closing.CancelAsync().ConfigureAwait(false);
        if (_dialer.Refused is { Kind: FailureKind.LoginRefused })
        {
            // The first lane's login, a later one's or the shell's.
            _memory.LoginWorks = false;
        }

        // The look removes its file. Where the server does not answer, what it waits for ends with the lanes.
        Task looking = Task.WhenAll(Explored, _shellDialled ?? Task.CompletedTask, _shellSettled ?? Task.CompletedTask);
        await looking.WaitAsync(VesselProbe.SettlePatience, _dialer.Time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (looking.IsCompleted)
        {
            await _probe.SettleAsync().ConfigureAwait(false);
        }

        // Side by side: each may have to wait for its ssh to leave.
        await Task.WhenAll([.. lanes.Select(lane => lane.DisposeAsync().AsTask()), _shell.DisposeAsync().AsTask(), _supply.DropAsync()]).ConfigureAwait(false);
        await looking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
        await _probe.EndAsync().ConfigureAwait(false);
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
            long? free = (await SpaceAsync(half, CancellationToken.None).ConfigureAwait(false))?.FreeBytes;
            await OnLaneAsync($"remove {half}", lane => RemoteSweep.RunAsync(lane.Client, [half], pieces: null, PublishSteps.SyncPatience(_settings.Timeout, 0), CancellationToken.None)).ConfigureAwait(false);
            throw failure.Kind == FailureKind.VesselFull && free is not null
                ? new VesselException(failure.Kind, $"{failure.Message.TrimEnd()} (the vessel is full: {free} bytes were free beside it)", failure)
                : failure;
        }
    }

    private static async Task<IReadOnlySet<BytePath>?> NamesAsync(SshLane lane, BytePath directory, int most, CancellationToken cancellationToken)
    {
        try
        {
            ReadOnlyMemory<byte> path = directory.IsEmpty ? "."u8.ToArray() : directory.Bytes;
            IReadOnlyList<SftpEntry> entries = await lane.Client.ListAsync(path, most + 1, cancellationToken).ConfigureAwait(false);
            return entries.Count > most ? null : entries.Select(static entry => new BytePath(entry.Name)).ToHashSet();
        }
        catch (SftpStatusException exception)
        {
            return exception.Status == SftpStatus.NoSuchFile ? new HashSet<BytePath>() : null;
        }
    }

    private static RemoteLook? ToLook(SftpAttributes? attributes) => attributes is null ? null : new RemoteLook(
        RemoteKinds.Of(attributes.Type), attributes.SizeInBytes ?? -1, attributes.UserId, attributes.Mode, attributes.ModifiedUnixSeconds);

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
