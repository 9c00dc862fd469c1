using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Simulation;

/// <summary>
/// A vessel as a machine: its disk, what its server can do, and what goes wrong there, drawn from one source of chance. Only the simulation's own
/// thread comes here.
/// </summary>
internal sealed partial class SimulatedHost
{
    private readonly List<SimulatedVessel> _connections = [];
    private readonly HashSet<string> _wiped = new(StringComparer.Ordinal); // ids of attempts that lost a file
    private readonly List<(TimeSpan At, int Bytes)> _recent = [];

    public SimulatedHost(string name, SimulatedClock clock, Random chance, Action<string> trace)
    {
        (Name, Clock, Chance, Trace) = (name, clock, chance, trace);
        Disk = new SimulatedDisk((path, file) => Watch?.Invoke(path, file));
    }

    public string Name { get; }

    public SimulatedClock Clock { get; }

    public Random Chance { get; }

    public Action<string> Trace { get; }

    public SimulatedDisk Disk { get; }

    /// <summary>Told of each name that appears, changes or goes (null).</summary>
    public Action<BytePath, SimulatedFile?>? Watch { get; set; }

    /// <summary>What its server can do beyond SFTP version 3, as far as it makes a difference.</summary>
    public static IReadOnlyList<string> SimulatedExtensions { get; } = ["copy-data", "statvfs@openssh.com"];

    public VesselFacts Facts { get; set; } = new() { Proof = VerifiedBy.RemoteHash, BootId = "boot 0", HasShell = true, HashTool = "simulated", CanSync = true, CanReplace = true, Extensions = SimulatedExtensions };

    /// <summary>This shore's folder in TempDir, where there is one.</summary>
    public BytePath? TempFolder { get; set; }

    public bool InPieces { get; set; }

    /// <summary>TempDir is on another file system than the destinations.</summary>
    public bool TempIsElsewhere { get; set; }

    public bool HidesBootId { get; set; }

    public int MostLanes { get; set; } = 8;

    /// <summary>Each request's chance of a mishap.</summary>
    public double Misfortune { get; set; }

    /// <summary>Null: it can be reached.</summary>
    public FailureKind? Refusal { get; set; }

    public bool IsFull { get; set; }

    /// <summary>So many writes are acknowledged and not done (right).</summary>
    public int Lies { get; set; }

    public TimeSpan SlowestAnswer { get; set; } = TimeSpan.FromMilliseconds(40);

    /// <summary>Unfinished files made by requests that nobody waited for any more, after they might have been swept: nobody can know of them.</summary>
    public HashSet<BytePath> Ghosts { get; } = [];

    public int Boots { get; private set; }

    /// <summary>What is still to be done of requests that nobody waits for.</summary>
    public List<Task> Late { get; } = [];

    public int Connects { get; private set; }

    public long BytesWritten { get; set; }

    /// <summary>Bytes that mishaps may cost: what was in flight, and what was lost after it had been acknowledged.</summary>
    public long BytesForgiven { get; set; }

    public async Task<IVessel> ConnectAsync(CancellationToken cancellationToken)
    {
        Connects++;
        Trace($"{Name} connect");
        await Task.Delay(Latency() * 3, Clock, cancellationToken);
        if (Refusal is FailureKind refusal)
        {
            throw new VesselException(refusal, $"Could not connect to {Name}, because {refusal} is simulated.");
        }

        if (Draw() != Mishap.None)
        {
            throw new VesselException(FailureKind.ConnectionLost, $"Could not connect to {Name}, because the connection ended.");
        }

        SimulatedVessel vessel = new SimulatedVessel(this).Connected();
        _connections.Add(vessel);
        return vessel;
    }

    public void Left(SimulatedVessel vessel) => _connections.Remove(vessel);

    public void BreakAll()
    {
        Trace($"{Name} all connections break");
        foreach (SimulatedVessel vessel in _connections.ToArray())
        {
            vessel.BreakAll();
        }
    }

    public void BreakOne()
    {
        Trace($"{Name} one lane breaks");
        if (_connections.Count > 0)
        {
            _connections[Chance.Next(_connections.Count)].BreakOne();
        }
    }

    /// <summary>Power fails: connections end, what was not synced may be gone, and it comes up as another boot.</summary>
    public void CutPower()
    {
        BreakAll();
        Boots++;
        Trace($"{Name} power fails");
        BytesForgiven += Unfinished();
        Facts = Facts with { BootId = HidesBootId ? "" : $"boot {Boots}" };
        KeyValuePair<BytePath, SimulatedFile>[] before = [.. Disk.Files.Where(pair => !IsPart(pair.Key))];
        Disk.CutPower(Chance);

        // Renamed, and the directory not yet synced: it was never booked, and is not there any more (nothing is, or what stood there before).
        BytesForgiven += before.Where(one => Disk.Find(one.Key) != one.Value).Sum(one => (long)one.Value.Content.Length);
    }

    /// <summary>Somebody tidies up: unfinished files are gone.</summary>
    public void WipeParts()
    {
        Trace($"{Name} unfinished files are wiped");
        BytesForgiven += Unfinished();
        foreach (BytePath part in Disk.Files.Select(pair => pair.Key).Where(IsPart).ToArray())
        {
            _wiped.Add(IdOf(part));
            Disk.Remove(part);
            Disk.SyncDirectory(part.Parent);
        }
    }

    public TimeSpan Latency() => SlowestAnswer * Chance.NextDouble();

    public Mishap Draw() => Chance.NextDouble() < Misfortune ? (Mishap)Chance.Next(1, 5) : Mishap.None;

    /// <summary>A request that nobody waits for any more is done all the same, unless the power fails before.</summary>
    public async Task DoLateAsync(string what, Action effect)
    {
        int boot = Boots;
        await Task.Delay(TimeSpan.FromSeconds(Chance.NextDouble()), Clock, CancellationToken.None);
        if (boot == Boots)
        {
            Trace($"{Name} late: {what}");
            HashSet<BytePath> before = [.. Disk.Files.Select(pair => pair.Key)];

            // A late write that is damaged as well could hit a file that is published: what is damaged after it was verified nobody can see.
            int lies = Lies;
            Lies = 0;
            try
            {
                effect();
            }
            catch (VesselException)
            {
                // Nobody hears it.
            }
            finally
            {
                Lies = lies;
            }

            // A rename done late was looked for in vain: without a hash at hand the file that stands there is not known for what it is.
            BytesForgiven += Facts.Proof != VerifiedBy.RemoteHash && what.Contains(" by ", StringComparison.Ordinal) ? 1 << 8 : 0;
            Ghosts.UnionWith(Disk.Files.Select(pair => pair.Key).Except(before));
        }
    }

    public static bool IsPart(BytePath path) => PartName.IdOf(path) is not null || IsChunk(path) || path.Name.Span.EndsWith(".old"u8);

    /// <summary>A daemon that is killed does not know what was acknowledged since it last saved (about once a second; of a file in one chunk, nothing is saved).</summary>
    public void ForgiveUnsaved(int chunkSize)
    {
        BytesForgiven += _recent.Where(one => Clock.Now - one.At < TimeSpan.FromSeconds(1.2)).Sum(one => one.Bytes);
        BytesForgiven += chunkSize * Disk.Files.Count(pair => IsPart(pair.Key));
        _recent.Clear();
    }

    public long Unfinished() => Disk.Files.Where(pair => IsPart(pair.Key)).Sum(pair => (long)pair.Value.Content.Length);

    // ID_N.part
    private static bool IsChunk(BytePath path) =>
        path.Name.Span is { Length: > PartName.IdLength } name && name.EndsWith(".part"u8) && PartName.IsId(name[..PartName.IdLength]);
}
