using System.Globalization;
using System.Text;
using ContentMonster.Daemon.Demo;
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
    private const int PatienceInSeconds = 180;
    private readonly FaultBench _bench;
    private readonly List<Onlooker> _onlookers = [];
    private readonly StringBuilder _story = new();
    private readonly Random _random;
    private int _mixes;

    private KillBench(FaultBench bench, Random random)
    {
        (_bench, _random) = (bench, random);
        Directory.CreateDirectory(bench.Shore);
        Manifest = new Manifest(bench.Shore, bench.Staging, random);
    }

    public Manifest Manifest { get; }

    public FaultBench Bench => _bench;

    public FaultVessel Ship => _bench.Vessel("ship");

    public FaultVessel Cat => _bench.Vessel("cat");

    public RunningDaemon Daemon => _bench.Daemon;

    public int Lives { get; private set; }

    /// <summary>Nothing waits on the shore.</summary>
    public bool AllArchived => !Waiting().Any();

    public static async Task<KillBench> MakeAsync(Random random, bool relayed, string keys = "")
    {
        var bench = new KillBench(new FaultBench(), random);
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

    /// <summary>With the daemon dead: what is archived stands whole on every vessel, in that version or a later one.</summary>
    public void WhatIsArchivedShouldBeEverywhere()
    {
        string processed = Path.Combine(_bench.Shore, "processed");
        foreach (string name in Manifest.Names.Where(name => File.Exists(Path.Combine(processed, name))))
        {
            foreach (FaultVessel vessel in _bench.Vessels)
            {
                string there = Path.Combine(vessel.Inbox, name);
                File.Exists(there).ShouldBeTrue($"{name} is archived and not on {vessel.Name}\n{Story()}");
                Manifest.Knows(name, HashOf(there)).ShouldBeTrue($"{name} on {vessel.Name}\n{Story()}");
            }
        }
    }

    /// <summary>The last daemon finishes all; then everything is as if nothing had ever happened.</summary>
    public async Task ShouldEndWellAsync()
    {
        if (!Daemon.Runs)
        {
            Start();
        }

        await UntilAsync(() => AllArchived, "all is archived", () => string.Join(", ", Waiting().Take(20)));
        string[] expected = [.. Manifest.Names.Order(StringComparer.Ordinal)];
        foreach (FaultVessel vessel in _bench.Vessels)
        {
            await UntilAsync(() => FilesOf(vessel).SequenceEqual(expected), $"nothing but the files is on {vessel.Name}", () => string.Join(", ", FilesOf(vessel).Except(expected).Concat(expected.Except(FilesOf(vessel))).Take(20)));
            foreach (string name in expected)
            {
                HashOf(Path.Combine(vessel.Inbox, name)).ShouldBe(Manifest.Last(name), $"{name} on {vessel.Name}\n{Story()}");
            }
        }

        ArchiveShouldBeRight(expected);
        Daemon.Signal(System.Runtime.InteropServices.PosixSignal.SIGTERM);
        (await Daemon.EndedAsync()).ShouldBe(0, Story());
        foreach (FaultVessel vessel in _bench.Vessels)
        {
            await UntilAsync(() => vessel.Clients().Count == 0, $"no ssh to {vessel.Name} is left", () => string.Join(' ', vessel.Clients()));
        }

        _onlookers.SelectMany(one => one.Wrong).ShouldBeEmpty(Story());
        _onlookers.ShouldAllBe(one => one.Hashed > 0);
        _bench.Daemon.Said("BUG").ShouldBeFalse(Story());
    }

    public Task UntilAsync(Func<bool> condition, string what, Func<string>? found = null) =>
        UntilAsync(condition, what, TimeSpan.FromSeconds(PatienceInSeconds), found);

    public async Task UntilAsync(Func<bool> condition, string what, TimeSpan patience, Func<string>? found = null)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(patience, $"{what}: {found?.Invoke()}\n{Story()}");
            await Task.Delay(TimeSpan.FromMilliseconds(40), TimeProvider.System, FaultBench.Token);
        }
    }

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
        FaultVessel vessel = await _bench.AddVesselAsync(name, keys, relayed: relayed);
        _onlookers.Add(new Onlooker(vessel.Inbox, Manifest, "", "sub"));
    }

    private void ArchiveShouldBeRight(string[] names)
    {
        string processed = Path.Combine(_bench.Shore, "processed");
        string[] hashes = [.. Directory.EnumerateFiles(processed, "*", SearchOption.AllDirectories).Select(HashOf)];
        foreach (IGrouping<string, string> same in hashes.GroupBy(hash => hash, StringComparer.Ordinal))
        {
            same.Count().ShouldBeLessThanOrEqualTo(Manifest.CountOf(same.Key), $"archived more often than it was there\n{Story()}");
        }

        names.Select(Manifest.Last).Except(hashes, StringComparer.Ordinal).ShouldBeEmpty($"archived nowhere\n{Story()}");
        hashes.Length.ShouldBeGreaterThanOrEqualTo(names.Length, Story());
    }

    private IEnumerable<string> Waiting() => Directory.EnumerateFiles(_bench.Shore, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(_bench.Shore, file)).Where(file => !file.StartsWith("processed/", StringComparison.Ordinal));

    private static IEnumerable<string> FilesOf(FaultVessel vessel) => Directory.EnumerateFiles(vessel.Home, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(vessel.Home, file)).Select(file => file.StartsWith("inbox/", StringComparison.Ordinal) ? file["inbox/".Length..] : file).Order(StringComparer.Ordinal);

    private static string HashOf(string file) => Convert.ToHexString(FaultBench.HashOf(file));
}
