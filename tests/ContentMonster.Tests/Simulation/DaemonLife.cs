using ContentMonster.Archiving;
using ContentMonster.Configuration;
using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Simulation;

/// <summary>One life of the daemon: real workers and a real archiver over what the world has, until it is killed.</summary>
internal sealed class DaemonLife
{
    private readonly SimulatedWorld _world;
    private readonly CancellationTokenSource _over = new();
    private readonly SourceLibrary _sources;
    private readonly List<VesselOffice> _offices = [];
    private readonly List<VesselWorker> _workers = [];
    private readonly Archiver _archiver;
    private readonly List<Task> _loops = [];
    private bool _dead;

    public DaemonLife(SimulatedWorld world)
    {
        _world = world;
        Ledger = LedgerDoor.Of(world.Ledger, this);
        _sources = new SourceLibrary(Ledger, new Dictionary<string, string>(StringComparer.Ordinal) { [SimulatedWorld.In] = world.Shore.Location });
        var directory = new DirectorySettings { Name = SimulatedWorld.In, Location = world.Shore.Location, RemoteLocation = SimulatedWorld.Remote };
        _archiver = new Archiver(directory, Ledger, world.Clock, NullLogger.Instance);
        var board = new ProgressBoard(world.Clock);
        foreach (SimulatedHost host in world.Hosts)
        {
            var office = new VesselOffice
            {
                Settings = new VesselSettings { Name = host.Name, Address = host.Name, Connections = world.Lanes },
                Ledger = Ledger,
                Sources = _sources,
                Progress = board.Vessel(host.Name),
                Time = world.Clock,
                Random = new Random(world.Chance.Next()),
                Logger = NullLogger.Instance,
                DestinationOf = SimulatedWorld.DestinationOf,
                Delivered = _archiver.Work.Ring,
            };
            _offices.Add(office);
            var worker = new VesselWorker(office, (_, cancellationToken) => host.ConnectAsync(cancellationToken));
            _workers.Add(worker);
            _loops.Add(SuperviseAsync(worker.RunAsync));
        }

        _loops.Add(SuperviseAsync(_archiver.RunAsync));
        _loops.Add(SuperviseAsync(world.WatchAsync));
    }

    public ILedger Ledger { get; }

    /// <summary>There are new versions.</summary>
    public void Recorded()
    {
        _offices.ForEach(office => office.Work.Ring());
        _archiver.Work.Ring();
    }

    /// <summary>Somebody says that it is mended.</summary>
    public void Retry()
    {
        _offices.ForEach(office => office.Box.Empty());
        _workers.ForEach(worker => worker.TryNow());
        Recorded();
    }

    /// <summary>SIGKILL: nothing more comes out of it.</summary>
    public async Task KillAsync()
    {
        _dead = true;
        await _over.CancelAsync();
        await Task.WhenAll(_loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _sources.Dispose();
    }

    public async Task BeforeLedgerAsync(string method, object?[] arguments)
    {
        ThrowIfDead();
        await Task.Delay(_world.LedgerLatency(), _world.Clock, CancellationToken.None);

        // The daemon may die with the call on its way: then it is booked or not.
        if (_dead && _world.Chance.Next(2) == 0)
        {
            ThrowIfDead();
        }

        await _world.BookingAsync(method, arguments);
    }

    public async Task AfterLedgerAsync()
    {
        await Task.Delay(_world.LedgerLatency(), _world.Clock, CancellationToken.None);
        ThrowIfDead();
    }

    private void ThrowIfDead()
    {
        if (_dead)
        {
            throw new LedgerException("The daemon is dead.");
        }
    }

    // As the engine does: a ledger in trouble is waited for, all else that ends a loop is a bug.
    private async Task SuperviseAsync(Func<CancellationToken, Task> loop)
    {
        await Task.Yield();
        try
        {
            while (!_dead)
            {
                try
                {
                    await loop(_over.Token);
                }
                catch (LedgerException) when (!_dead)
                {
                    await Task.Delay(TimeSpan.FromSeconds(5), _world.Clock, _over.Token);
                }
            }
        }
        catch (Exception) when (_dead)
        {
            // As it should be.
        }
        catch (Exception bug)
        {
            _world.Fail($"a loop of the daemon ended: {bug}");
        }
    }
}
