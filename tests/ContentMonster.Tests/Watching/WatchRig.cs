using ContentMonster.Configuration;
using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Tests.Support;
using ContentMonster.Watching;

namespace ContentMonster.Tests.Watching;

/// <summary>A directory that is watched for real, with a ledger in memory.</summary>
internal sealed class WatchRig : IAsyncDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public MemoryLedger Ledger { get; } = new();

    public RecordingLogger Log { get; } = new();

    public string Here => _scratch["shore"];

    public string Outside => _scratch["outside"];

    public DirectoryWatch Watch { get; private set; } = null!;

    public int Rings { get; private set; }

    public TimeSpan SettleTime { get; init; } = TimeSpan.FromMilliseconds(60);

    public TimeSpan ScanInterval { get; init; } = TimeSpan.FromMinutes(10);

    public bool Recursive { get; init; } = true;

    public WatchLimits Limits { get; init; } = new() { RootPatience = TimeSpan.FromMilliseconds(100), ScanPause = TimeSpan.FromMilliseconds(50) };

    public Func<BytePath, bool> Takes { get; init; } = _ => true;

    public Func<ShoreRoot, Bell, IHintSource>? Hints { get; init; }

    public WatchRig()
    {
        Directory.CreateDirectory(Here);
        Directory.CreateDirectory(Outside);
    }

    public string this[string below] => Path.Combine(Here, below);

    /// <summary>Starts and waits until everything that was there was looked at.</summary>
    public async Task<WatchRig> StartAsync()
    {
        Begin();
        await Watch.FirstScanDone.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        return this;
    }

    public void Begin()
    {
        var settings = new DirectorySettings { Name = "d", Location = Here, RemoteLocation = "/r", SettleTime = SettleTime, ScanInterval = ScanInterval };
        Watch = new(settings, 1 << 20, Recursive, Ledger, Takes, _ => true, TimeProvider.System, Log, () => Rings++, Limits, Hints);
        _running = Watch.RunAsync(_stop.Token);
    }

    public Task UntilLiveAsync(params string[] paths) => Ledger.UntilAsync(() => Ledger.Live.SequenceEqual(paths.Order(StringComparer.Ordinal), StringComparer.Ordinal));

    public Task UntilProblemAsync() => UntilAsync(() => Watch.Snapshot().Problem is not null);

    /// <summary>For what need not come with a change of the ledger.</summary>
    public static async Task UntilAsync(Func<bool> holds)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        while (!holds())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline.Token);
        }
    }

    public Task<IReadOnlyList<BytePath>> QuietAsync() => Watch.WaitQuietAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);

    /// <summary>Stops the watch, which may be started again.</summary>
    public async Task PauseAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _running;
        }
        catch (OperationCanceledException)
        {
            // As asked.
        }

        _stop.Dispose();
        _stop = new CancellationTokenSource();
    }

    public async ValueTask DisposeAsync()
    {
        await PauseAsync();
        _stop.Dispose();
        _scratch.Dispose();
    }
}
