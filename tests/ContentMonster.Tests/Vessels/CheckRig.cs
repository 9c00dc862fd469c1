using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Tests.Commands;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

/// <summary>A real vessel to be checked, with a destination and a known_hosts file of its own.</summary>
internal sealed class CheckRig : IAsyncDisposable
{
    private readonly List<VesselFinding> _findings = []; // guarded by itself

    private CheckRig(ThrowawaySshd sshd)
    {
        Sshd = sshd;
        Settings = new() { Name = "aurora", Address = "127.0.0.1", Port = sshd.Port, Username = sshd.User, IdentityFile = sshd.ClientKeyFile };
        Destinations = [BytePath.FromText(Scratch["inbox"])];
        Directory.CreateDirectory(Scratch["inbox"]);
    }

    public ThrowawaySshd Sshd { get; }

    public ScratchDirectory Scratch { get; } = new();

    public VesselSettings Settings { get; set; }

    public IReadOnlyList<BytePath> Destinations { get; set; }

    public HashSet<BytePath> OurParts { get; } = [];

    public string ShoreId { get; } = PartName.NewId();

    public string KnownHosts => Scratch["known_hosts"];

    public static async Task<CheckRig> StartAsync(ThrowawaySshdOptions? options = null) =>
        new(await ThrowawaySshd.StartAsync(options ?? new(), TestContext.Current.CancellationToken));

    public Task<IReadOnlyList<VesselFinding>> RunAsync() => RunAsync(TestContext.Current.CancellationToken);

    public async Task<IReadOnlyList<VesselFinding>> RunAsync(CancellationToken cancellationToken)
    {
        var places = new VesselPlaces(ShoreId, KnownHosts, Executable.Path, Destinations);
        var check = new VesselCheck(Settings, places, new CheckSurroundings(PinsForGood: true, OurParts), TimeProvider.System, finding =>
        {
            lock (_findings)
            {
                _findings.Add(finding);
            }
        });
        _findings.Clear();
        await check.RunAsync(cancellationToken).WaitAsync(check.Longest + TimeSpan.FromSeconds(30), TimeProvider.System, CancellationToken.None);
        return [.. _findings];
    }

    public async ValueTask DisposeAsync()
    {
        await Sshd.DisposeAsync();
        Scratch.Dispose();
    }
}
