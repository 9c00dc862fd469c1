using System.Globalization;
using ContentMonster.Ledger;
using ContentMonster.Model;

namespace ContentMonster.Tests.Simulation;

/// <summary>
/// A ledger in memory, for worlds that are made and forgotten by the thousand. It keeps the same contract as the one in SQLite, by the same suite, and
/// what it was told outlives the daemons that use it.
/// </summary>
internal sealed partial class SimulatedLedger(TimeProvider time) : ILedger
{
    private static readonly TimeSpan ToleratedClockJump = TimeSpan.FromMinutes(1);
    private readonly List<DirectoryRow> _directories = [];
    private readonly List<VesselRow> _vessels = [];
    private readonly SortedDictionary<long, VersionRow> _versions = [];
    private readonly List<(DateTimeOffset At, string Event, VersionRow Version, string? Vessel, string? Text)> _history = [];
    private readonly Dictionary<BytePath, HeldArchive> _archives = [];
    private readonly HashSet<string> _imported = new(StringComparer.Ordinal);
    private long _lastId;
    private long _archived;
    private DateTimeOffset _latest = time.GetUtcNow();

    public string ShoreId { get; } = new('5', 32);

    public TimeSpan WritesFor => TimeSpan.Zero;

    private DateTimeOffset Now => time.GetUtcNow();

    public Task<Declaration> DeclareAsync(IReadOnlyList<DeclaredDirectory> directories, IReadOnlyList<string> vessels, CancellationToken cancellationToken) => Done(() =>
    {
        if (directories.SelectMany(directory => directory.Takers).Except(vessels, StringComparer.Ordinal).FirstOrDefault() is { } ghost)
        {
            throw new LedgerStateException($"Could not declare vessel {ghost}, because it is not among the vessels.");
        }

        var wanted = directories.SelectMany(directory => directory.Takers, static (directory, vessel) => (Directory: directory.Name, Vessel: vessel)).ToList();
        var before = _directories.SelectMany(directory => directory.Takers, static (directory, vessel) => (Directory: directory.Name, Vessel: vessel)).ToList();
        List<string> goneVessels = [.. _vessels.Where(vessel => vessel.Declared && !vessels.Contains(vessel.Name, StringComparer.Ordinal)).Select(vessel => vessel.Name)];
        List<DirectoryRow> goneDirectories = [.. _directories.Where(row => row.Declared && !directories.Any(directory => directory.Name == row.Name))];
        vessels.ToList().ForEach(name => NeedVessel(name, make: true).Declared = true);
        foreach (DeclaredDirectory directory in directories)
        {
            Declare(directory);
        }

        var removed = goneDirectories.ConvertAll(directory => (directory.Name, Close(directory)));
        var withdrawn = before.Except(wanted).Select(pair => (pair.Vessel, pair.Directory, Sum: RemovePair(pair.Directory, pair.Vessel))).ToList();
        var added = wanted.Except(before).Select(pair => (pair.Vessel, pair.Directory, Sum: AddPair(pair.Directory, pair.Vessel))).ToList();
        goneVessels.ForEach(name => NeedVessel(name).Declared = false);
        _archives.Keys.Where(place => !directories.Any(directory => directory.Archive == place)).ToList().ForEach(place => _archives.Remove(place));
        return new Declaration(
            goneVessels.ConvertAll(name => Total(name, withdrawn)),
            removed,
            [.. withdrawn.Where(one => !goneVessels.Contains(one.Vessel) && goneDirectories.TrueForAll(gone => gone.Name != one.Directory)).Select(one => (one.Vessel, one.Directory, one.Sum.Files))],
            [.. added.Select(one => one.Vessel).Distinct(StringComparer.Ordinal).Select(name => Total(name, added)).Where(one => one.Files > 0)]);
    });

    public Task CloseCleanlyAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static (string Name, long Files, long Bytes) Total(string vessel, List<(string Vessel, string Directory, (long Files, long Bytes) Sum)> sums) =>
        (vessel, sums.Where(one => one.Vessel == vessel).Sum(one => one.Sum.Files), sums.Where(one => one.Vessel == vessel).Sum(one => one.Sum.Bytes));

    private static Task<T> Done<T>(Func<T> work)
    {
        try
        {
            return Task.FromResult(work());
        }
        catch (LedgerException refusal)
        {
            return Task.FromException<T>(refusal);
        }
    }

    private static Task<bool> Do(Action work) => Done(() =>
    {
        work();
        return true;
    });

    private void Declare(DeclaredDirectory declared)
    {
        DirectoryRow? row = Directory(declared.Name, declared: false);
        if (row is null)
        {
            _directories.Add(row = new DirectoryRow(declared.Name));
        }

        if (row.Priority != declared.Priority)
        {
            foreach (DeliveryRow delivery in VersionsOf(row).SelectMany(version => version.Deliveries.Values).Where(delivery => delivery.IsOpen))
            {
                delivery.Priority = declared.Priority;
            }
        }

        (row.Declared, row.Priority) = (true, declared.Priority);
    }

    private long Close(DirectoryRow directory)
    {
        long live = VersionsOf(directory).Count(version => version.State == VersionState.Live);
        VersionsOf(directory).Where(version => version.State is VersionState.Live or VersionState.Kept).ToList()
            .ForEach(version => End(version, VersionState.Gone, HistoryEvent.Gone, "its directory left the settings"));
        directory.Refused.Clear();
        directory.Declared = false;
        return live;
    }

    private (long Files, long Bytes) RemovePair(string directory, string vessel)
    {
        DirectoryRow row = Directory(directory, declared: false)!;
        row.Takers.Remove(vessel);
        DeliveryRow[] open = [.. VersionsOf(row).SelectMany(version => version.Deliveries.Values).Where(delivery => delivery.Vessel == vessel && delivery.IsOpen)];
        (long, long) sum = (open.Length, open.Sum(delivery => delivery.BytesLeft));
        foreach (DeliveryRow delivery in open)
        {
            Withdraw(delivery);
        }

        return sum;
    }

    private (long Files, long Bytes) AddPair(string directory, string vessel)
    {
        DirectoryRow row = Directory(directory)!;
        row.Takers.Add(vessel);
        foreach (VersionRow kept in VersionsOf(row).Where(version => version.State == VersionState.Kept && version.Deliveries.GetValueOrDefault(vessel)?.State != DeliveryState.Published))
        {
            kept.State = VersionState.Live;
        }

        return Enlist(VersionsOf(row).Where(version => version.State == VersionState.Live), vessel);
    }

    private static (long Files, long Bytes) Enlist(IEnumerable<VersionRow> versions, string vessel)
    {
        (long files, long bytes) = (0L, 0L);
        foreach (VersionRow version in versions)
        {
            if (version.Deliveries.GetValueOrDefault(vessel) is null or { State: DeliveryState.Withdrawn })
            {
                version.Deliveries[vessel] = new DeliveryRow(version, vessel) { Priority = version.Directory.Priority };
                (files, bytes) = (files + 1, bytes + version.Version.Stamp.SizeInBytes);
            }
        }

        return (files, bytes);
    }

    private DirectoryRow? Directory(string name, bool declared = true) => _directories.Find(one => one.Name == name && (one.Declared || !declared));

    private DirectoryRow NeedDirectory(string name) => Directory(name) ?? throw new LedgerStateException($"Could not go on, because directory {name} is not declared.");

    private VesselRow NeedVessel(string name, bool make = false)
    {
        VesselRow? row = _vessels.Find(one => one.Name == name);
        if (row is null && make)
        {
            _vessels.Add(row = new VesselRow(name));
        }

        return row ?? throw new LedgerStateException($"Could not go on, because vessel {name} is not known.");
    }

    private IEnumerable<VersionRow> VersionsOf(DirectoryRow directory) => _versions.Values.Where(version => version.Directory == directory);

    private DeliveryRow? Delivery(string vessel, long version) => _versions.GetValueOrDefault(version)?.Deliveries.GetValueOrDefault(NeedVessel(vessel).Name);

    private string NewToken() => (_lastId + 1).ToString("x32", CultureInfo.InvariantCulture);
}
