using System.Security.Cryptography;
using System.Text;
using ContentMonster.Daemon.Demo;
using ContentMonster.Tests.Kills;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>A shore, vessels behind counting proxies, and the real daemon between them, to be hurt.</summary>
internal sealed class FaultBench : IAsyncDisposable
{
    public const int Lanes = 2;
    public const long Window = 2 << 20;
    private const int PatienceInSeconds = 150;
    private readonly ScratchDirectory _scratch = new();
    private readonly List<FaultVessel> _vessels = [];
    private readonly StringBuilder _sections = new();
    private readonly List<RunningDaemon> _daemons = [];
    private string? _state;
    private string? _shoreDisk;

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public string Scratch => _scratch.Path;

    public string Shore => Path.Combine(_shoreDisk ?? Scratch, "shore");

    public string Settings => _scratch["settings.ini"];

    public string Ledger => Path.Combine(State, "cm.db");

    public RunningDaemon Daemon => _daemons[^1];

    private string State => _state ?? Path.Combine(_shoreDisk ?? Scratch, "state");

    public static async Task<FaultBench> WithVesselAsync(string keys = "", ThrowawaySshdOptions? options = null)
    {
        var bench = new FaultBench();
        await bench.AddVesselAsync("ship", keys, options);
        return bench;
    }

    public FaultVessel Vessel(string name = "ship") => _vessels.Single(one => one.Name == name);

    public string Staging => Path.Combine(_shoreDisk ?? Scratch, "staging");

    public IReadOnlyList<FaultVessel> Vessels => _vessels;

    /// <param name="relayed">Whether what a login starts is reached through a <see cref="VesselRelay"/>.</param>
    public async Task<FaultVessel> AddVesselAsync(string name, string keys = "", ThrowawaySshdOptions? options = null, bool relayed = false, int lanes = Lanes, int timeout = 2)
    {
        string home = Directory.CreateDirectory(_scratch["vessels/" + name]).FullName;
        options ??= new ThrowawaySshdOptions();
        string login = $"ForceCommand cd '{home}' && HOME='{home}' exec sh -c \"$SSH_ORIGINAL_COMMAND\"";
        VesselRelay? relay = relayed ? new VesselRelay(home) : null;
        ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(options with { ConfigLines = [relay?.Login ?? login, .. options.ConfigLines] }, Token);
        var vessel = new FaultVessel(name, home, sshd, new CountingProxy(sshd.Port)) { Relay = relay };
        _vessels.Add(vessel);
        Section($"Vessel {name}", $"Address = 127.0.0.1\nPort = {vessel.Proxy.Port}\nUsername = {sshd.User}\nIdentityFile = {sshd.ClientKeyFile}\nConnections = {lanes}\nTimeout = {timeout}s\n{keys}");
        return vessel;
    }

    public void Section(string name, string keys) => _sections.Append($"\n[{name}]\n{keys}\n");

    /// <summary>Where ledger and known_hosts go instead of the bench's own folder.</summary>
    public void KeepStateIn(string folder) => _state = folder;

    /// <summary>Where all of the shore lies instead: its files and its state.</summary>
    public void KeepShoreIn(string folder) => _shoreDisk = folder;

    public RunningDaemon Start(string chunkSize = "4M", string directoryKeys = "", IReadOnlyDictionary<string, string>? environment = null, params string[] under)
    {
        Directory.CreateDirectory(Shore);
        Directory.CreateDirectory(State);
        File.WriteAllText(
            Settings,
            $"[MONSTER]\nChunkSize = {chunkSize}\nDatabase = {State}/cm.db\n\n[Directory in]\nLocation = {Shore}\nRemoteLocation = inbox\nSettleTime = 100ms\n{directoryKeys}\n{_sections}");
        var daemon = new RunningDaemon(Settings, $"{State}/cm.db.sock", environment, under);
        _daemons.Add(daemon);
        return daemon;
    }

    /// <summary>Puts a file of random bytes into the shore's directory in one step.</summary>
    public byte[] Put(string name, int sizeInBytes)
    {
        byte[] content = RandomNumberGenerator.GetBytes(sizeInBytes);
        Directory.CreateDirectory(Shore);
        Directory.CreateDirectory(Staging);
        File.WriteAllBytes(Path.Combine(Staging, name), content);
        Posix.Run("mv", "--", Path.Combine(Staging, name), Path.Combine(Shore, name));
        return SHA256.HashData(content);
    }

    public Task UntilAsync(Func<bool> condition, string what) => UntilAsync(() => Task.FromResult(condition()), what);

    public Task UntilAsync(Func<Task<bool>> condition, string what, int seconds = PatienceInSeconds) =>
        Eventually.BeTrueAsync(condition, () => $"{what}\n{Story()}", TimeSpan.FromSeconds(seconds));

    /// <summary>Until bytes beyond this total went to the vessel.</summary>
    public Task UntilSentAsync(long bytes, string vessel = "ship") => UntilAsync(() => Vessel(vessel).Proxy.Sent >= bytes, $"{bytes} bytes went to {vessel}");

    public Task UntilArchivedAsync(string name) => UntilAsync(() => File.Exists(Path.Combine(Shore, "processed", name)) && !File.Exists(Path.Combine(Shore, name)), $"{name} is archived");

    /// <summary>Whole on the vessel under its name, nothing unfinished beside it, archived exactly once.</summary>
    public async Task ShouldArriveAsync(string name, byte[] sha256, params string[] vessels)
    {
        await UntilArchivedAsync(name);
        foreach (FaultVessel vessel in _vessels.Where(one => vessels.Length == 0 || vessels.Contains(one.Name, StringComparer.Ordinal)))
        {
            HashOf(Path.Combine(vessel.Inbox, name)).ShouldBe(sha256, $"{name} on {vessel.Name}");
        }

        HashOf(Path.Combine(Shore, "processed", name)).ShouldBe(sha256);
        string stem = Path.GetFileNameWithoutExtension(name);
        Directory.GetFiles(Path.Combine(Shore, "processed")).Count(file => Path.GetFileName(file).StartsWith(stem, StringComparison.Ordinal)).ShouldBe(1);
    }

    public static byte[] HashOf(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return SHA256.HashData(stream);
    }

    public string Story() => string.Join('\n', _daemons.SelectMany((daemon, at) => daemon.Lines.TakeLast(60).Select(line => $"{at}: {line}")));

    public async ValueTask DisposeAsync()
    {
        foreach (RunningDaemon daemon in _daemons)
        {
            await daemon.DisposeAsync();
        }

        foreach (FaultVessel vessel in _vessels)
        {
            await vessel.Proxy.DisposeAsync();
            await vessel.Sshd.DisposeAsync();
            await (vessel.Relay?.DisposeAsync() ?? ValueTask.CompletedTask);
        }

        _scratch.Dispose();
    }
}

/// <summary>One server, the hop before it, and where its logins begin.</summary>
internal sealed record FaultVessel(string Name, string Home, ThrowawaySshd Sshd, CountingProxy Proxy)
{
    private const int Stop = 19;
    private const int Continue = 18;

    public string Inbox => Path.Combine(Home, "inbox");

    public VesselRelay? Relay { get; init; }

    /// <summary>ssh processes of this machine that log in to this vessel, whoever started them.</summary>
    public IReadOnlyList<int> Clients() => [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
        .Where(name => int.TryParse(name, out _) && IsClient(name!)).Select(name => int.Parse(name!, System.Globalization.CultureInfo.InvariantCulture))];

    /// <summary>What runs on the vessel below its sessions, by the name of the program.</summary>
    public IReadOnlyList<SeenProcess> Programs(string name) =>
        [.. Sshd.SessionPids().SelectMany(ProcessTree.DescendantsOf).Where(found => found.Name == name).DistinctBy(found => found.ProcessId)];

    /// <summary>Stops all programs of these names, also those that one of them started while it was looked for.</summary>
    public IReadOnlyList<SeenProcess> Freeze(params string[] names)
    {
        List<SeenProcess> frozen = [];
        while (names.SelectMany(Programs).Where(found => frozen.TrueForAll(known => known.ProcessId != found.ProcessId)).ToList() is { Count: > 0 } found)
        {
            Send(found, Stop);
            frozen.AddRange(found);
        }

        return frozen;
    }

    public static void Thaw(IEnumerable<SeenProcess> programs) => Send(programs, Continue);

    private bool IsClient(string pid)
    {
        try
        {
            string[] words = File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');
            return Path.GetFileName(words[0]) == "ssh" && words.Any(word => word.Contains(Sshd.ClientKeyFile, StringComparison.Ordinal));
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return false; // It ended between the listing and the reading.
        }
    }

    private static void Send(IEnumerable<SeenProcess> programs, int signal)
    {
        foreach (SeenProcess program in programs.Where(ProcessTree.Lives))
        {
            _ = RunningDaemon.Send(program.ProcessId, signal);
        }
    }
}
