using System.Security.Cryptography;
using ContentMonster.Archiving;
using ContentMonster.Configuration;
using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Vessels;
using ContentMonster.Watching;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Daemon.Hosting;

/// <summary>Puts the rooms together: a watch, an archiver and a retention for each directory, a worker for each vessel, one ledger.</summary>
internal sealed class Engine : IEngine
{
    private static readonly TimeSpan HistoryKept = TimeSpan.FromDays(90);
    private static readonly TimeSpan PruneEvery = TimeSpan.FromHours(6);
    private static readonly TimeSpan TotalsEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterLedgerTrouble = TimeSpan.FromSeconds(5);
    private const long PacksInMemory = 24 << 20; // bytes of all vessels' archives together; beyond 96 vessels each still has the least that one may hold
    private const int MostPacksAtOnce = 6;
    private const int MostAskedAhead = 4; // vessels: of many only some have work soon
    private readonly SqliteLedger _ledger;
    private readonly LedgerWatch _ledgerWatch;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ProgressBoard _board;
    private readonly SourceLibrary _sources;
    private readonly IReadOnlyList<string> _directories;
    private readonly List<DirectoryWatch> _watches = [];
    private readonly List<Archiver> _archivers = [];
    private readonly List<Retention> _retentions = [];
    private readonly List<VesselOffice> _offices = [];
    private readonly List<VesselWorker> _workers = [];
    private readonly List<(string Vessel, VesselMemory Memory)> _memories = [];
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _asked = []; // ahead: each has a child of its own

    private Engine(Settings settings, EngineOptions options, IReadOnlyList<OwnFiles> own, bool recursive, SqliteLedger ledger, ILoggerFactory loggers, TimeProvider time)
    {
        _ledger = ledger;
        _time = time;
        _logger = loggers.CreateLogger("ContentMonster");
        _ledgerWatch = new LedgerWatch(options.LedgerPath, ledger.ThrowIfDisplaced, () => ledger.WritesFor, _logger, time);
        _board = new ProgressBoard(time);
        _directories = [.. settings.Directories.Select(directory => directory.Name)];
        _sources = new SourceLibrary(ledger, settings.Directories.ToDictionary(directory => directory.Name, directory => directory.Location, StringComparer.Ordinal));
        foreach ((DirectorySettings directory, OwnFiles ownThere) in settings.Directories.Zip(own))
        {
            Add(settings, directory, ownThere, recursive, loggers);
        }

        foreach (VesselSettings vessel in settings.Vessels)
        {
            Add(settings, vessel, options, loggers);
        }
    }

    /// <summary>Opens the ledger, imports what the Python program left, puts the settings in force.</summary>
    public static async Task<IEngine> OpenAsync(Settings settings, EngineOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        ILogger logger = loggers.CreateLogger("ContentMonster");
        SqliteLedger ledger = await SqliteLedger.OpenAsync(options.LedgerPath, time, RandomNumberGenerator.Create(), logger, cancellationToken);
        try
        {
            await Predecessor.ImportAsync(settings, options.LedgerPath, ledger, logger, cancellationToken);
            bool imported = await ledger.WasImportedAsync(cancellationToken);
            if (imported)
            {
                Predecessor.TellRecursive(settings, logger);
            }

            Declaration changes = await ledger.DeclareAsync(
                [
                    .. settings.Directories.Select(directory => new DeclaredDirectory(directory.Name, directory.Priority, [.. settings.TakersOf(directory).Select(vessel => vessel.Name)])
                    {
                        Archive = ArchiveHold.PlaceOf(directory),
                    }),
                ],
                [.. settings.Vessels.Select(vessel => vessel.Name)],
                cancellationToken);
            foreach (VesselSettings vessel in settings.Vessels)
            {
                await ledger.SetTempFolderAsync(vessel.Name, SshVessel.TempFolderOf(vessel, ledger.ShoreId), cancellationToken);
            }

            Tell(changes, logger);
            OwnFiles[] own = await Task.WhenAll(settings.Directories.Select(directory => OwnFiles.FindAsync(directory, settings, options.LedgerPath, options.KnownHostsPath, time, cancellationToken)));
            return new Engine(settings, options, own, !imported, ledger, loggers, time);
        }
        catch (Exception failure)
        {
            await ledger.CloseAsync(failure);
            throw;
        }
    }

    /// <summary>Where vessel connections find what they need on the shore.</summary>
    public static VesselPlaces PlacesOf(Settings settings, VesselSettings vessel, string shoreId, string knownHosts) => new(
        shoreId,
        vessel.KnownHosts ?? knownHosts,
        AskpassProgram(),
        [.. settings.Directories.Where(directory => settings.TakersOf(directory).Contains(vessel)).Select(directory => BytePath.FromText(directory.RemoteLocation))])
    {
        Watched = [.. settings.Directories.Select(directory => BytePath.FromText(directory.Location))],
    };

    public async Task RunAsync(CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);

        // Before anything is sent: what is left out from now on would go out while the scan has yet to come to it.
        Task leftOut = Task.WhenAll(_watches.Select(watch => SuperviseAsync(watch.WithdrawLeftOutAsync, ending.Token)));
        var network = new NetworkWatch(() => _workers.ForEach(static worker => worker.NetworkChanged()), gone => _memories.ForEach(one => one.Memory.Connections.EndFrom(gone)), NetworkWatch.OfThisMachine, _time);
        List<Task> loops =
        [
            .. _watches.Select(watch => SuperviseAsync(token => AfterAsync(leftOut, watch.RunAsync, token), ending.Token)),
            .. _archivers.Select(archiver => SuperviseAsync(token => AfterAsync(leftOut, archiver.RunAsync, token), ending.Token)),
            .. _workers.Select(worker => SuperviseAsync(token => AfterAsync(leftOut, worker.RunAsync, token), ending.Token)),
            .. _retentions.Select(retention => SuperviseAsync(retention.RunAsync, ending.Token)),
            SuperviseAsync(TotalsLoopAsync, ending.Token),
            SuperviseAsync(PruneLoopAsync, ending.Token),
            SuperviseAsync(_ledgerWatch.RunAsync, ending.Token),
            SuperviseAsync(network.RunAsync, ending.Token),
        ];
        await Task.WhenAny(loops);
        await ending.CancelAsync();
        await Task.WhenAll(loops);
    }

    public async Task WaitAllDeliveredAsync(CancellationToken cancellationToken)
    {
        foreach (DirectoryWatch watch in _watches)
        {
            await watch.WaitQuietAsync(cancellationToken);
        }

        await new Patience(_ledger, _directories, _board, _workers, _archivers, _time).WaitAsync(cancellationToken);
    }

    public BoardSnapshot Snapshot() => _board.Snapshot([.. _watches.Select(watch => watch.Snapshot())]);

    public Task<LedgerTotals> TotalsAsync(CancellationToken cancellationToken) => _ledger.TotalsAsync(cancellationToken);

    public Task<IReadOnlyList<MissingFile>> MissingAsync(int count, CancellationToken cancellationToken) => _ledger.MissingAsync(count, cancellationToken);

    public Task<IReadOnlyList<RefusedFile>> RefusedAsync(int count, CancellationToken cancellationToken) => _ledger.RefusedAsync(count, cancellationToken);

    public Task<Unarchived> UnarchivedAsync(int count, CancellationToken cancellationToken) => _ledger.UnarchivedAsync(count, cancellationToken);

    public async Task RetryAsync(string? vessel, CancellationToken cancellationToken)
    {
        await _ledger.RetryNowAsync(vessel, cancellationToken);
        foreach (VesselOffice office in _offices.Where(office => vessel is null || office.Settings.Name == vessel))
        {
            office.Box.Empty();
            office.Hanging.Empty();
            office.Unswept.Clear();
        }

        foreach ((_, VesselMemory memory) in _memories.Where(one => vessel is null || one.Vessel == vessel))
        {
            memory.ForgetHanging();
        }

        foreach (VesselWorker worker in _workers.Where(worker => vessel is null || worker.Vessel == vessel))
        {
            worker.TryNow();
        }

        _offices.ForEach(office => office.Work.Ring());
        if (vessel is null)
        {
            _archivers.ForEach(archiver => archiver.TryNow());
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_asked).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _ending.Dispose();
        try
        {
            await _ledger.CloseAsync(failure: null);
        }
        finally
        {
            // Last: to close a file may hang as long as its file system does. The next daemon has the ledger by then.
            _sources.Dispose();
        }
    }

    // ssh runs the program as SSH_ASKPASS: the executable beside our own files, not the runtime's `dotnet`.
    private static string AskpassProgram()
    {
        string beside = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "contentmonster.exe" : "contentmonster");
        return File.Exists(beside) ? beside : Environment.ProcessPath ?? beside;
    }

    private static void Tell(Declaration changes, ILogger logger)
    {
        foreach ((string vessel, long files, long bytes) in changes.RemovedVessels)
        {
            EngineLog.VesselRemoved(logger, vessel, files, bytes);
        }

        foreach ((string directory, long files) in changes.RemovedDirectories)
        {
            EngineLog.DirectoryRemoved(logger, directory, files);
        }

        foreach ((string vessel, string directory, long files) in changes.NoLongerTaken)
        {
            EngineLog.NoLongerTaken(logger, vessel, directory, files);
        }

        foreach ((string vessel, long files, long bytes) in changes.AddedDeliveries)
        {
            EngineLog.DeliveriesAdded(logger, vessel, files, bytes);
        }
    }

    private void Add(Settings settings, DirectorySettings directory, OwnFiles own, bool recursive, ILoggerFactory loggers)
    {
        PathFilter filter = PathFilter.Of(directory);
        Territory territory = new(directory, directory.Recursive ?? recursive, filter.Takes, filter.Enters);
        foreach (string file in own.Present(territory.TakesFromAnywhere))
        {
            EngineLog.OwnFile(_logger, file, directory.Name);
        }

        var archiver = new Archiver(directory, _ledger, _time, loggers.CreateLogger("ContentMonster.Archiving")) { Changed = path => LookAt(directory.Name, path) };
        _archivers.Add(archiver);
        if (directory.ProcessedRetention is TimeSpan kept)
        {
            _retentions.Add(new Retention(directory, kept, _ledger, _time, loggers.CreateLogger("ContentMonster.Archiving")) { Spares = own.Holds });
        }

        _watches.Add(new DirectoryWatch(
            directory, settings.ChunkSizeInBytes, directory.Recursive ?? recursive, _ledger, path => !own.Holds(path) && filter.Takes(path), filter.Enters, _time, loggers.CreateLogger("ContentMonster.Watching"),
            () =>
            {
                _offices.ForEach(office => office.Work.Ring());
                archiver.Work.Ring();
            }));
    }

    private void LookAt(string directory, BytePath file)
    {
        if (_directories.ToList().IndexOf(directory) is >= 0 and int at)
        {
            _watches[at].LookAt(file);
        }
    }

    private void Add(Settings settings, VesselSettings vessel, EngineOptions options, ILoggerFactory loggers)
    {
        Dictionary<string, BytePath> destinations = settings.Directories.ToDictionary(directory => directory.Name, directory => BytePath.FromText(directory.RemoteLocation), StringComparer.Ordinal);
        VesselPlaces places = PlacesOf(settings, vessel, _ledger.ShoreId, options.KnownHostsPath);
        BandwidthLimiter? limiter = vessel.BandwidthLimit is long rate ? new BandwidthLimiter(rate, _time) : null;
        var hanging = new HangingPlaces(places.Destinations, SshVessel.TempFolderOf(vessel, _ledger.ShoreId), _time);
        var office = new VesselOffice
        {
            Hanging = hanging,
            Settings = vessel,
            Ledger = _ledger,
            Sources = _sources,
            Progress = _board.Vessel(vessel.Name),
            Time = _time,
            PacksAtOnce = (int)Math.Clamp(PacksInMemory / PackBuilder.MostBytes / settings.Vessels.Count, 1, MostPacksAtOnce),
            PackBytes = Math.Clamp(PacksInMemory / settings.Vessels.Count, PackBuilder.LeastBytes, PackBuilder.MostBytes),
            Random = new Random(RandomNumberGenerator.GetInt32(int.MaxValue)),
            Logger = loggers.CreateLogger("ContentMonster.Delivering"),
            DestinationOf = version => destinations[version.Directory].Join(version.Path),
            WasRefused = () => _memories.Find(one => one.Vessel == vessel.Name).Memory.LoginWorks = false,
            StillRefused = note => options.Once && note.LastErrorAt is DateTimeOffset at
                && !LoginFiles.AnyNewerThan(at, settings, vessel, note.Kind == FailureKind.HostKeyChanged ? places.KnownHostsFile : null),
            Delivered = () => _archivers.ForEach(archiver => archiver.Work.Ring()),
            SourceChanged = version => LookAt(version.Directory, version.Path),
        };
        _offices.Add(office);
        var litter = new LitterBook(
            part => TryBookAsync(() => _ledger.LitteredAsync(vessel.Name, part, CancellationToken.None)), parts => TryBookAsync(() => _ledger.SweptAsync(vessel.Name, parts, CancellationToken.None)));
        var memory = new VesselMemory
        {
            Litter = litter,
            Places = hanging,
            Hung = command => office.Logger.CommandHangs(vessel.Name, command, Advice.For(FailureKind.CommandHangs, vessel.Name)),
            WithoutCheckFile = () => office.Logger.WithoutCheckFile(vessel.Name),
        };
        _memories.Add((vessel.Name, memory));
        if (settings.Vessels.Count <= MostAskedAhead)
        {
            _asked.Add(SshVessel.AskAhead(vessel, places, memory, _time, _ending.Token));
        }

        _workers.Add(new VesselWorker(office, (waitingBytes, cancellationToken) => SshVessel.ConnectAsync(vessel, places, memory, limiter, _time, waitingBytes, cancellationToken)));
    }

    private static async Task<bool> TryBookAsync(Func<Task> book)
    {
        try
        {
            await book();
            return true;
        }
        catch (LedgerException)
        {
            // The ledger's writer has told of it.
            return false;
        }
    }

    // A ledger that cannot be written (disk full) is waited for: nothing is lost by standing still. Not so one that is not there any more. Anything else
    // that ends a loop is a bug. For both, better a restart than a daemon that seems to work.
    private async Task SuperviseAsync(Func<CancellationToken, Task> loop, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await loop(cancellationToken);
                return;
            }
            catch (LedgerException trouble) when (trouble is not LedgerDisplacedException && !cancellationToken.IsCancellationRequested)
            {
                EngineLog.LedgerTrouble(_logger, trouble.Message, AfterLedgerTrouble);
                await Task.Delay(AfterLedgerTrouble, _time, cancellationToken);
            }
        }
    }

    private static async Task AfterAsync(Task first, Func<CancellationToken, Task> loop, CancellationToken cancellationToken)
    {
        await first;
        await loop(cancellationToken);
    }

    private async Task TotalsLoopAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TotalsEvery, _time);
        long seen = -1;
        do
        {
            // Without a commit since, the sums are the same: an idle daemon asks nothing.
            long commits = _ledger.Commits;
            if (commits == seen)
            {
                continue;
            }

            seen = commits;
            LedgerTotals totals = await _ledger.TotalsAsync(cancellationToken);
            foreach (VesselTotals vessel in totals.Vessels.Where(vessel => _offices.Exists(office => office.Settings.Name == vessel.Vessel)))
            {
                _board.Vessel(vessel.Vessel).Waiting(vessel.WaitingFiles, vessel.WaitingBytes);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task PruneLoopAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(PruneEvery, _time);
        do
        {
            await _ledger.PruneAsync(_time.GetUtcNow() - HistoryKept, cancellationToken);
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }
}
