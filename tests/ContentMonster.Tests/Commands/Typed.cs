using ContentMonster.Configuration;
using ContentMonster.Daemon.Commands;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Tests.Hosting;

namespace ContentMonster.Tests.Commands;

/// <summary>Types commands at the program, in this process, with rooms that the test chose.</summary>
internal sealed class Typed : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public Typed()
    {
        SettingsPath = _folder.File("settings.ini");
        File.WriteAllText(SettingsPath, "");
        Settings = new()
        {
            Path = SettingsPath,
            Directories = [new DirectorySettings { Name = "films", Location = _folder.Path, RemoteLocation = "inbox" }],
            Vessels = [new VesselSettings { Name = "aurora", Address = "a.example.com" }, new VesselSettings { Name = "borealis", Address = "b.example.com" }],
        };
        Rooms = Rooms.Real with { ReadSettings = (_, _) => new(Settings, [], Warnings) };
    }

    public string SettingsPath { get; }

    public Settings Settings { get; set; }

    public IReadOnlyList<string> Warnings { get; set; } = [];

    public Rooms Rooms { get; set; }

    public string Output => _output.ToString();

    public string Error => _error.ToString();

    public string PathOf(string name) => _folder.File(name);

    public Task<int> RunAsync(params string[] arguments) => RunAsync(CancellationToken.None, arguments);

    public Task<int> RunAsync(CancellationToken stop, params string[] arguments)
    {
        var context = new CommandContext(Rooms, new Screen(_output, _error, isTerminal: false), TimeProvider.System, _ => null);
        return CommandLine.RunAsync([.. arguments, "--config", SettingsPath], context, stop);
    }

    /// <summary>Lets commands find a ledger and no daemon.</summary>
    public void HasLedger(ILedgerView ledger)
    {
        File.WriteAllText(StatePlace.Of(Settings, _ => null).LedgerPath, "");
        Rooms = Rooms with { OpenLedger = (_, _) => Task.FromResult<ILedgerView?>(ledger) };
    }

    public void Dispose()
    {
        _folder.Dispose();
        _output.Dispose();
        _error.Dispose();
    }
}
