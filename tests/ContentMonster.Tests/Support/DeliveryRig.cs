using System.Globalization;
using System.Security.Cryptography;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Shore;

namespace ContentMonster.Tests.Support;

/// <summary>
/// The whole engine in this process, a shore directory "in" and private OpenSSH servers as vessels, each of whose logins begins in a
/// folder of its own; files go to "inbox" there.
/// </summary>
internal sealed class DeliveryRig : IAsyncDisposable
{
    public const string In = "in";
    public const string Inbox = "inbox";
    private const int Patience = 90;
    private readonly ScratchDirectory _scratch = new();
    private readonly Dictionary<string, ThrowawaySshd> _servers = new(StringComparer.Ordinal);
    private CancellationTokenSource _stop = new();
    private IEngine? _engine;
    private Task _running = Task.CompletedTask;
    private int _staged;

    private DeliveryRig()
    {
        Directory.CreateDirectory(_scratch["state"]);
        Directory.CreateDirectory(_scratch["staging"]);
        Settings = new Settings { Path = _scratch["settings.ini"], ChunkSizeInBytes = 1 << 20 };
        AddDirectory(In);
    }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public Settings Settings { get; set; }

    public RecordingLoggers Log { get; } = new();

    /// <summary>The engine's clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public string Ledger => _scratch["state/contentmonster.db"];

    public string Scratch => _scratch.Path;

    public string KnownHosts => _scratch["state/known_hosts"];

    public Tree Shore => new(_scratch[$"shore/{In}"]);

    public IEngine Engine => _engine ?? throw new InvalidOperationException("Not running.");

    public static Task<DeliveryRig> WithAsync(params string[] vessels) => WithAsync(TimeProvider.System, vessels);

    public static async Task<DeliveryRig> WithAsync(TimeProvider time, params string[] vessels)
    {
        var rig = new DeliveryRig { Time = time };
        foreach (string vessel in vessels)
        {
            await rig.AddVesselAsync(vessel);
        }

        return rig;
    }

    public ThrowawaySshd Server(string vessel) => _servers[vessel];

    public string HomeOf(string vessel) => _scratch[$"vessels/{vessel}"];

    public Tree InboxOf(string vessel) => new(Path.Combine(HomeOf(vessel), Inbox));

    public string LocationOf(string directory) => _scratch[$"shore/{directory}"];

    public void AddDirectory(string name)
    {
        Directory.CreateDirectory(LocationOf(name));
        var directory = new DirectorySettings
        {
            Name = name, Location = LocationOf(name), RemoteLocation = name == In ? Inbox : name, SettleTime = TimeSpan.FromMilliseconds(50),
        };
        Settings = Settings with { Directories = [.. Settings.Directories, directory] };
    }

    /// <summary>Another server, in the settings from the next start on; ConfigLines replace the usual login.</summary>
    public async Task AddVesselAsync(string name, ThrowawaySshdOptions? options = null)
    {
        string home = Directory.CreateDirectory(HomeOf(name)).FullName;
        options ??= new ThrowawaySshdOptions();
        string[] login = options.ConfigLines.Count > 0 ? [.. options.ConfigLines] : [$"ForceCommand cd '{home}' && HOME='{home}' exec sh -c \"$SSH_ORIGINAL_COMMAND\""];
        ThrowawaySshd server = await ThrowawaySshd.StartAsync(options with { ConfigLines = login }, Token);
        _servers.Add(name, server);
        AddVessel(new VesselSettings { Name = name, Address = "127.0.0.1", Port = server.Port, Username = server.User, IdentityFile = server.ClientKeyFile });
    }

    public void AddVessel(VesselSettings vessel) => Settings = Settings with { Vessels = [.. Settings.Vessels, vessel] };

    public void RemoveVessel(string name) => Settings = Settings with { Vessels = [.. Settings.Vessels.Where(vessel => vessel.Name != name)] };

    public void Change(string vessel, Func<VesselSettings, VesselSettings> change) =>
        Settings = Settings with { Vessels = [.. Settings.Vessels.Select(one => one.Name == vessel ? change(one) : one)] };

    public void ChangeDirectory(Func<DirectorySettings, DirectorySettings> change) =>
        Settings = Settings with { Directories = [.. Settings.Directories.Select(one => one.Name == In ? change(one) : one)] };

    /// <summary>Puts a file into "in" in one step, replacing what has the name; returns its SHA-256. Bytes of the name as Latin-1.</summary>
    public string Put(string name, int sizeInBytes, string directory = In) => Put(name, RandomNumberGenerator.GetBytes(sizeInBytes), directory);

    /// <param name="name">Bytes as Latin-1; missing directories are made.</param>
    /// <param name="content">Of the file.</param>
    /// <param name="directory">In the settings.</param>
    /// <param name="prepare">Sets times and modes before the file is there.</param>
    public string Put(string name, byte[] content, string directory = In, Action<string>? prepare = null)
    {
        string staged = $"staging/{++_staged}";
        File.WriteAllBytes(_scratch[staged], content);
        prepare?.Invoke(_scratch[staged]);
        using ShoreRoot root = ShoreRoot.Open(_scratch.Path);
        if (!root.Move(Tree.Name(staged), Tree.Name($"shore/{directory}/{name}")))
        {
            Posix.Run("mv", "-fT", "--", _scratch[staged], Path.Combine(LocationOf(directory), name));
        }

        return Convert.ToHexString(SHA256.HashData(content));
    }

    public async Task StartAsync()
    {
        _stop = new CancellationTokenSource();
        _engine = await Daemon.Hosting.Engine.OpenAsync(
            Settings, new EngineOptions(Ledger, KnownHosts, Once: false), Log, Time, Token);
        _running = _engine.RunAsync(_stop.Token);
    }

    public async Task StopAsync()
    {
        if (_engine is not { } engine)
        {
            return;
        }

        _engine = null;
        await _stop.CancelAsync();
        try
        {
            await _running.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        }
        catch (OperationCanceledException)
        {
            // As asked.
        }

        await engine.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(3), TimeProvider.System);
        _stop.Dispose();
    }

    public VesselSnapshot Shown(string vessel) => Engine.Snapshot().Vessels.Single(one => one.Name == vessel);

    public async Task<VesselTotals> TotalsOfAsync(string vessel) => (await Engine.TotalsAsync(Token)).Vessels.Single(one => one.Vessel == vessel);

    public async Task<IReadOnlyList<HistoryEntry>> HistoryAsync()
    {
        using var reader = LedgerReader.Open(Ledger);
        return await reader.HistoryAsync(10_000, Token);
    }

    public async Task<string> ShoreIdAsync()
    {
        using var reader = LedgerReader.Open(Ledger);
        return (await reader.ShoreIdAsync(Token))!;
    }

    public bool Said(params string[] words) => Log.Lines.Any(line => words.All(word => line.Contains(word, StringComparison.Ordinal)));

    /// <summary>Bytes that went over the line for a published file, as the log tells; one number a delivery.</summary>
    public IReadOnlyList<long> SentFor(string file, string vessel) =>
        [.. Log.Lines.Where(line => line.StartsWith($"Published {In}/{file} on {vessel}:", StringComparison.Ordinal)).Select(line => long.Parse(line.Split(", ")[1].Split(' ')[0], CultureInfo.InvariantCulture))];

    /// <summary>Tries everything again at once, as `contentmonster retry` does.</summary>
    public Task RetryAsync() => Engine.RetryAsync(vessel: null, Token);

    public Task UntilSaidAsync(params string[] words) => UntilAsync(() => Said(words), $"the log says {string.Join(" ... ", words)}");

    /// <summary>Until the shore's directory holds nothing but these in its archive.</summary>
    public Task UntilArchivedAsync(params string[] files)
    {
        string[] wanted = [.. files.Select(file => "processed/" + file).Order(StringComparer.Ordinal)];
        return UntilAsync(() => Shore.Files.SequenceEqual(wanted, StringComparer.Ordinal) && !IsUnderWay(files), "all is archived, and told");
    }

    // A delivery is told after it was booked: by then another one may have woken the archiver.
    private bool IsUnderWay(string[] files) =>
        _engine is not null && Engine.Snapshot().Vessels.Any(vessel => vessel.Active.Any(active => files.Contains(active.File, StringComparer.Ordinal)));

    public Task UntilPublishedAsync(string vessel, long files) =>
        UntilAsync(async () => (await TotalsOfAsync(vessel)).PublishedFiles >= files, $"{vessel} has {files} files");

    public Task UntilAsync(Func<bool> condition, string what) => UntilAsync(() => Task.FromResult(condition()), what);

    public Task UntilAsync(Func<Task<bool>> condition, string what) => Eventually.BeTrueAsync(
        async () =>
        {
            if (_running.IsFaulted)
            {
                await _running;
            }

            return await condition();
        },
        () => $"{what}\nshore: {string.Join(", ", Shore.Files.Take(20))}\n{string.Join('\n', Log.Lines.Take(200))}",
        TimeSpan.FromSeconds(Patience));

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (ThrowawaySshd server in _servers.Values)
        {
            await server.DisposeAsync();
        }

        _scratch.Dispose();
    }
}
