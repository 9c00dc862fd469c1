using System.Security.Cryptography;
using System.Text;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Tests.Simulation;

/// <summary>A shore, a daemon with its ledger, and some vessels, in which all that happens follows from one seed.</summary>
internal sealed partial class SimulatedWorld : IDisposable
{
    public const string In = "in";
    public const string Remote = "/inbox";
    private const int ChunkSize = 48;
    private static readonly TimeSpan MishapsFor = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan MishapEvery = TimeSpan.FromSeconds(1.3);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(45);
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan ScanInterval = TimeSpan.FromMinutes(1);
    private readonly Bell _changed = new();
    private readonly string _folder;
    private readonly StringBuilder? _told;
    private readonly Dictionary<string, List<string>> _contents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _last = new(StringComparer.Ordinal);
    private DaemonLife? _life;
    private ulong _trace = 14_695_981_039_346_656_037;
    private long _events;
    private int _puts;

    public SimulatedWorld(int seed, string folder, SimulatedClock clock, ILedger ledger, bool tell)
    {
        (Seed, _folder, Clock, Ledger) = (seed, folder, clock, ledger);
        _told = tell ? new StringBuilder() : null;
        Chance = new Random(seed);
        Shore = ShoreRoot.Open(folder);
        Lanes = Chance.Next(1, 4);
        Hosts.AddRange(Enumerable.Range(1, Chance.Next(1, 4)).Select(number => NewHost($"v{number}")));
    }

    public int Seed { get; }

    public Random Chance { get; }

    public SimulatedClock Clock { get; }

    public ILedger Ledger { get; }

    public ShoreRoot Shore { get; }

    public int Lanes { get; }

    public List<SimulatedHost> Hosts { get; } = [];

    /// <summary>Why this world must not be, or null.</summary>
    public string? Failure { get; private set; }

    public string Trace => $"{_trace:x16} {_events}";

    public string Told => _told?.ToString() ?? "";

    public static BytePath DestinationOf(FileVersion version) => BytePath.FromText(Remote).Join(version.Path);

    /// <summary>From the first file to the end of all mishaps and on until all is where it should be.</summary>
    public async Task RunAsync()
    {
        await BeginAsync();
        try
        {
            while (Clock.Now < MishapsFor && Failure is null)
            {
                await Task.Delay(MishapEvery * Chance.NextDouble() * 2, Clock, CancellationToken.None);
                await HappenAsync();
            }

            Calm();
            await RestAsync();
        }
        finally
        {
            await _life!.KillAsync();
        }
    }

    public void Dispose() => Shore.Dispose();

    public void Fail(string why)
    {
        Note($"FAILED {why}");
        Failure ??= why;
    }

    public TimeSpan LedgerLatency() => TimeSpan.FromMilliseconds(Chance.Next(4));

    public void Note(string what)
    {
        _events++;
        foreach (char one in what)
        {
            _trace = (_trace ^ one) * 1_099_511_628_211;
        }

        _trace = (_trace ^ (ulong)Clock.GetTimestamp()) * 1_099_511_628_211;
        _told?.Append($"{Clock.Now.TotalSeconds,10:0.000} ").AppendLine(what);
    }

    /// <summary>What the watch does: files that stood still for a while are recorded, those that left are withdrawn.</summary>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            DaemonLife life = _life!;
            if (await ScanAsync(life.Ledger, cancellationToken))
            {
                life.Recorded();
            }

            await _changed.WaitAsync(ScanInterval, Clock, cancellationToken);
            await Task.Delay(SettleTime, Clock, cancellationToken);
        }
    }

    private async Task BeginAsync()
    {
        string[] vessels = [.. Hosts.Select(host => host.Name)];
        await Ledger.DeclareAsync([new DeclaredDirectory(In, 0, vessels)], vessels, CancellationToken.None);
        for (int file = Chance.Next(3, 7); file > 0; file--)
        {
            Put();
        }

        _life = new DaemonLife(this);
    }

    private async Task RestAsync()
    {
        TimeSpan calmSince = Clock.Now;
        for (TimeSpan pause = TimeSpan.FromSeconds(1); Failure is null && await WhatIsMissingAsync() is { } missing; pause *= 1.3)
        {
            if (Clock.Now - calmSince > Patience)
            {
                Fail($"not at rest {Patience} after the last mishap: {missing}");
            }

            await Task.Delay(pause, Clock, CancellationToken.None);
        }

        Note($"at rest {Clock.Now - calmSince:c} after the last mishap");
    }

    private async Task<bool> ScanAsync(ILedger ledger, CancellationToken cancellationToken)
    {
        SeenFile[] seen = [.. FilesBelow(default).Select(path => (path, look: Shore.Look(path))).Where(one => one.look is not null).Select(one => new SeenFile(one.path, one.look!.Value.Stamp))];
        bool[] known = await ledger.KnownAsync(In, seen, cancellationToken);
        SeenFile[] fresh = [.. seen.Where((file, at) => !known[at] && Shore.Look(file.Path)?.Stamp == file.Stamp)];
        bool any = fresh.Length > 0 && (await ledger.RecordAsync(In, fresh, ChunkSize, cancellationToken)).Any(outcome => outcome != RecordOutcome.Known);
        BytePath[] gone = [.. (await ledger.LivePathsAsync(In, null, 100, cancellationToken)).Where(path => Shore.Look(path) is null)];
        return (gone.Length > 0 && await ledger.WithdrawAsync(In, gone, "deleted", cancellationToken) > 0) || any;
    }

    private IEnumerable<BytePath> FilesBelow(BytePath directory) => Shore.List(directory)
        .OrderBy(entry => entry.Name)
        .Where(entry => !directory.IsEmpty || entry.Name != BytePath.FromText("processed"))
        .SelectMany(entry => entry.Kind == ShoreEntryKind.Directory ? FilesBelow(directory.Join(entry.Name)) : [directory.Join(entry.Name)]);

    private static string HashOf(byte[] content) => Convert.ToHexString(SHA256.HashData(content));
}
