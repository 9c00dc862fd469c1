using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Tests.Hosting;

namespace ContentMonster.Tests.Commands;

public sealed class DemoTests : IDisposable
{
    private readonly Typed _typed = new();
    private readonly List<Vessel> _vessels = [];
    private string _settingsPath = "";

    [Fact]
    public async Task What_arrived_is_compared_and_everything_is_cleaned_up()
    {
        Connect(_ => { });
        (await _typed.RunAsync("demo")).ShouldBe(0, _typed.Output + _typed.Error);
        _typed.Output.ShouldContain("Arrived on aurora:");
        _typed.Output.ShouldContain("same      the film.mkv");
        _typed.Output.ShouldContain("All files are on both vessels, bit for bit, and archived on the shore.");
        ShouldBeClean();
    }

    [Fact]
    public async Task A_file_that_differs_or_is_missing_is_told_and_fails()
    {
        Connect(inbox =>
        {
            File.WriteAllText(Path.Combine(inbox, "the film.mkv"), "another film");
            File.Delete(Path.Combine(inbox, "note.txt"));
        });
        (await _typed.RunAsync("demo")).ShouldBe(1);
        _typed.Output.ShouldContain("DIFFERENT the film.mkv");
        _typed.Output.ShouldContain("MISSING   note.txt");
        ShouldBeClean();
    }

    [Fact]
    public async Task A_stop_cleans_up_too()
    {
        using var stop = new CancellationTokenSource();
        Connect(_ => stop.Cancel());
        (await _typed.RunAsync(stop.Token, "demo")).ShouldBe(1);
        _typed.Error.ShouldContain("Stopped; everything is cleaned up.");
        ShouldBeClean();
    }

    [Fact]
    public async Task A_vessel_that_does_not_start_fails_cleanly()
    {
        Connect(_ => { });
        DemoVesselStarter start = _typed.Rooms.StartDemoVessel;
        _typed.Rooms = _typed.Rooms with { StartDemoVessel = (name, home, stop) => name == "borealis" ? throw new IOException("Could not start sshd, because it is not installed.") : start(name, home, stop) };
        (await _typed.RunAsync("demo")).ShouldBe(1);
        _typed.Error.ShouldContain("Could not start sshd");
        ShouldBeClean();
    }

    public void Dispose() => _typed.Dispose();

    private void ShouldBeClean()
    {
        _vessels.ShouldNotBeEmpty();
        _vessels.ShouldAllBe(vessel => vessel.Disposed && !Directory.Exists(vessel.Home));
    }

    /// <summary>An engine that copies, and lets the test meddle with each vessel's folder afterwards.</summary>
    private void Connect(Action<string> meddle) => _typed.Rooms = _typed.Rooms with
    {
        StartDemoVessel = (_, home, _) =>
        {
            _vessels.Add(new Vessel(home));
            return Task.FromResult<IDemoVessel>(_vessels[^1]);
        },
        ReadSettings = (path, _) =>
        {
            _settingsPath = path;
            File.ReadAllText(path).ShouldContain("BandwidthLimit = ");
            return new(new Settings { Path = path }, [], []);
        },
        OpenEngine = (_, options, _, _, _) => Task.FromResult<IEngine>(new FakeEngine
        {
            AllDelivered = _ => Task.Run(() => Deliver(Path.Combine(Path.GetDirectoryName(options.LedgerPath)!, "shore", DemoStage.DirectoryName), meddle), CancellationToken.None),
        }),
    };

    private void Deliver(string location, Action<string> meddle)
    {
        string[] files = Directory.GetFiles(location, "*", SearchOption.AllDirectories);
        foreach (string file in files)
        {
            string name = Path.GetRelativePath(location, file);
            _vessels.ForEach(vessel => Copy(file, Path.Combine(vessel.Home, DemoStage.RemoteFolder, name)));
            Copy(file, Path.Combine(location, DemoStage.Processed, name));
            File.Delete(file);
        }

        _vessels.ForEach(vessel => meddle(Path.Combine(vessel.Home, DemoStage.RemoteFolder)));
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(from, to);
    }

    private sealed class Vessel(string home) : IDemoVessel
    {
        public string Home => home;

        public bool Disposed { get; private set; }

        public int Port => 2222;

        public string ClientKeyFile => "/none/key";

        public ValueTask DisposeAsync()
        {
            Disposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
