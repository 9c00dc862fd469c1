using System.Globalization;
using System.Text;
using ContentMonster.Tests.Faults;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Kills;

/// <summary>
/// Two vessels, one of each assembly, an onlooker on each, and a daemon that dies again and again. Judged from outside only: by what lies on
/// the shore and on the vessels.
/// </summary>
internal sealed class KillBench : IAsyncDisposable
{
    public const string ChunkSize = "256K";
    private const int Chunk = 256 << 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly FaultBench _bench;
    private readonly List<Onlooker> _onlookers = [];
    private readonly StringBuilder _story = new();
    private readonly Random _random;
    private int _mixes;

    private KillBench(FaultBench bench, Random random, bool durable)
    {
        (_bench, _random) = (bench, random);
        Directory.CreateDirectory(bench.Shore);
        Manifest = new Manifest(bench.Shore, bench.Staging, random) { IsDurable = durable };
        Aftermath = new Aftermath(bench, Manifest, Story);
    }

    public Manifest Manifest { get; }

    public Aftermath Aftermath { get; }

    public FaultBench Bench => _bench;

    public FaultVessel Ship => _bench.Vessel("ship");

    public FaultVessel Cat => _bench.Vessel("cat");

    public RunningDaemon Daemon => _bench.Daemon;

    public int Lives { get; private set; }

    /// <summary>Nothing waits on the shore.</summary>
    public bool AllArchived => !Waiting().Any();

    public static async Task<KillBench> MakeAsync(Random random, bool relayed, string keys = "", FaultBench? faults = null)
    {
        // Disks that the caller made may lose their power.
        var bench = new KillBench(faults ?? new FaultBench(), random, durable: faults is not null);
        await bench.AddAsync("ship", keys, relayed);
        await bench.AddAsync("cat", $"Assembly = cat\nTempDir = tmp\n{keys}", relayed);
        return bench;
    }

    /// <param name="killAt">A kill point of the daemon's own.</param>
    /// <param name="under">A program that becomes the daemon.</param>
    public RunningDaemon Start(string? killAt = null, params string[] under)
    {
        Lives++;
        _story.AppendLine(CultureInfo.InvariantCulture, $"life {Lives}: {killAt}");
        return _bench.Start(ChunkSize, environment: killAt is null ? null : new Dictionary<string, string>(StringComparer.Ordinal) { ["CONTENTMONSTER_KILL_AT"] = killAt }, under: under);
    }

    public void Note(string line) => _story.AppendLine(line);

    /// <summary>Files of every kind that matters: empty, small, one chunk, a byte more, many chunks, one that will be replaced, and tiny ones.</summary>
    public void PutMix(int tiny, int bigInChunks = 5)
    {
        string mix = (++_mixes).ToString("000", CultureInfo.InvariantCulture);
        Manifest.Put($"{mix}-empty", 0);
        Manifest.Put($"{mix}-small", 100 + _random.Next(1000));
        Manifest.Put($"{mix}-chunk", Chunk);
        Manifest.Put($"sub/{mix}-more", Chunk + 1);
        Manifest.Put($"{mix}-big", (bigInChunks * Chunk) - _random.Next(Chunk));
        Manifest.Put($"{mix}-replaced", 3 * Chunk);
        for (int number = 0; number < tiny; number++)
        {
            Manifest.Put($"{mix}-tiny{number:000}", _random.Next(1, 4000));
        }
    }

    /// <summary>Once the file of this mix that is to be replaced has been begun on a vessel, or when asked to in any case.</summary>
    public bool TryReplace(bool always = false)
    {
        string name = $"{_mixes:000}-replaced";
        if (!always && !Directory.EnumerateFiles(Ship.Inbox, $".{name}.*").Any())
        {
            return false;
        }

        Manifest.Put(name, _random.Next(2 * Chunk));
        return true;
    }

    /// <summary>A daemon goes on from what lies on the disks now, and all that is on the shore arrives.</summary>
    public async Task ShouldFinishFromHereAsync()
    {
        Start();
        await UntilAllArchivedAsync();
        await Daemon.KillAsync();
        Aftermath.WhatIsArchivedShouldBeEverywhere();
        Aftermath.WhatStandsShouldBeWhole();
    }

    /// <summary>The last daemon finishes all; then everything is as if nothing had ever happened.</summary>
    public async Task ShouldEndWellAsync()
    {
        if (!Daemon.Runs)
        {
            Start();
        }

        await UntilAllArchivedAsync();
        foreach (FaultVessel vessel in _bench.Vessels)
        {
            await UntilAsync(() => Aftermath.TooMuchOrTooLittle(vessel).Length == 0, $"the files and nothing else are on {vessel.Name}", () => string.Join(", ", Aftermath.TooMuchOrTooLittle(vessel).Take(20)));
        }

        Aftermath.AllShouldBeAsGiven();
        Daemon.Signal(System.Runtime.InteropServices.PosixSignal.SIGTERM);
        (await Daemon.EndedAsync()).ShouldBe(0, Story());
        foreach (FaultVessel vessel in _bench.Vessels)
        {
            await UntilAsync(() => vessel.Clients().Count == 0, $"no ssh to {vessel.Name} is left", () => string.Join(' ', vessel.Clients()));
        }

        _onlookers.SelectMany(one => one.Wrong).ShouldBeEmpty(Story());
        _onlookers.ShouldAllBe(one => one.Hashed > 0);
        _bench.Daemon.Said("please report this").ShouldBeFalse(Story());
    }

    public Task UntilAllArchivedAsync() => WhileItMovesAsync(() => AllArchived, "all is archived");

    /// <summary>However long it takes, as long as files and bytes move.</summary>
    public async Task WhileItMovesAsync(Func<bool> condition, string what)
    {
        while (!condition())
        {
            (int files, long megabytes) = Moved();
            await UntilAsync(() => condition() || Moved() != (files, megabytes), $"something moves, or {what}", () => string.Join(", ", Waiting().Take(20)));
        }
    }

    public Task UntilAsync(Func<bool> condition, string what, Func<string>? found = null) => UntilAsync(condition, what, Patience, found);

    public Task UntilAsync(Func<bool> condition, string what, TimeSpan patience, Func<string>? found = null) =>
        Eventually.BeTrueAsync(() => Task.FromResult(condition()), () => $"{what}: {found?.Invoke()}\n{Story()}", patience);

    public string Story() => $"{_story}{_bench.Story()}";

    public async ValueTask DisposeAsync()
    {
        foreach (Onlooker one in _onlookers)
        {
            await one.DisposeAsync();
        }

        await _bench.DisposeAsync();
    }

    private async Task AddAsync(string name, string keys, bool relayed)
    {
        FaultVessel vessel = await _bench.AddVesselAsync(name, keys, relayed: relayed, lanes: 1, timeout: 10);
        _onlookers.Add(new Onlooker(vessel.Inbox, Manifest, "", "sub"));
    }

    // Logins alone are no progress: so in megabytes.
    private (int Files, long Megabytes) Moved() => (Waiting().Count(), _bench.Vessels.Sum(vessel => vessel.Proxy.Sent) >> 20);

    private IEnumerable<string> Waiting() => Directory.EnumerateFiles(_bench.Shore, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(_bench.Shore, file)).Where(file => !file.StartsWith("processed/", StringComparison.Ordinal));
}
