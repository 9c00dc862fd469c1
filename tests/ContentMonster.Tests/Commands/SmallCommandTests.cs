using System.Text.Json;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Tests.Hosting;
using ContentMonster.Tests.Ledger;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Commands;

public sealed class SmallCommandTests : IDisposable
{
    private readonly Typed _typed = new();

    [Fact]
    public async Task Retry_reaches_the_daemon()
    {
        var engine = new FakeEngine();
        engine.Board = engine.Board with { Vessels = [FakeEngine.Vessel("aurora")] };
        await using ControlServer server = ControlServer.Start(StatePlace.Of(_typed.Settings, _ => null).SocketPath, engine, NullLogger.Instance, TimeProvider.System);
        (await _typed.RunAsync("retry", "aurora")).ShouldBe(0);
        (await _typed.RunAsync("retry")).ShouldBe(0);
        engine.Retried.ShouldBe(["aurora", null]);
    }

    [Fact]
    public async Task Retry_without_a_daemon_fails_and_of_an_unknown_vessel_is_misuse()
    {
        (await _typed.RunAsync("retry")).ShouldBe(1);
        _typed.Error.ShouldContain("but with --once no vessel that refused the login");
        (await _typed.RunAsync("retry", "titanic")).ShouldBe(2);
        _typed.Error.ShouldContain("aurora, borealis");
    }

    [Fact]
    public async Task History_is_told_newest_last()
    {
        _typed.HasLedger(new FakeEngine { History = [Entry("archived", "b.mkv", null), Entry("published", "b.mkv", "aurora")] });
        (await _typed.RunAsync("history")).ShouldBe(0);
        string[] lines = _typed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines[0].ShouldEndWith("published  films/b.mkv on aurora (2.0 KiB)");
        lines[1].ShouldEndWith("archived   films/b.mkv (2.0 KiB)");
    }

    [Fact]
    public async Task History_as_JSON_is_a_list()
    {
        _typed.HasLedger(new FakeEngine { History = [Entry("archived", "Ä.mkv", null)] });
        (await _typed.RunAsync("history", "--json")).ShouldBe(0);
        JsonDocument.Parse(_typed.Output).RootElement[0].GetProperty("file").GetString().ShouldBe("Ä.mkv");
    }

    [Fact]
    public async Task Explain_tells_what_is_missing_refused_done_or_unknown()
    {
        var version = new FileVersion { Id = 1, Token = "t", Directory = "films", Path = BytePath.FromText("sub/new.mkv"), Stamp = new(1, 2, 2048, 4, 5, 0), ChunkSizeInBytes = 1024 };
        _typed.HasLedger(new FakeEngine
        {
            Missing = [new MissingFile(version, [new MissingAt("borealis", DeliveryState.Waiting, 0, null, null, null)])],
            Refused = [new RefusedFile("films", BytePath.FromText("link"), "a symbolic link", FakeEngine.Now)],
            History = [Entry("archived", "old.mkv", null)],
        });
        (await _typed.RunAsync("explain", _typed.PathOf("sub/new.mkv"))).ShouldBe(0);
        _typed.Output.ShouldContain("films/sub/new.mkv (2.0 KiB) is not yet everywhere:\n  borealis: waiting\n");
        await _typed.RunAsync("explain", _typed.PathOf("link"));
        _typed.Output.ShouldContain(": a symbolic link");
        await _typed.RunAsync("explain", _typed.PathOf("old.mkv"));
        _typed.Output.ShouldContain("archived");
        await _typed.RunAsync("explain", _typed.PathOf("never.mkv"));
        _typed.Output.ShouldContain("is not there, and the ledger has nothing on it");
        await _typed.RunAsync("explain", _typed.PathOf($".new.mkv.{PartName.NewId()}.part"));
        _typed.Output.ShouldContain("has the name of an unfinished file of ContentMonster");
        await _typed.RunAsync("explain", _typed.PathOf("completed/new.mkv"));
        _typed.Output.ShouldContain("lies in the archive of the Python program of the same name, which is never sent");
        await _typed.RunAsync("explain", _typed.PathOf("processed/new.mkv"));
        _typed.Output.ShouldContain("what is there was delivered, or put there by somebody else, and is not sent");
        await _typed.RunAsync("explain", "/elsewhere/x");
        _typed.Output.ShouldContain("/elsewhere/x is below no Location of the settings");
    }

    [Fact]
    public async Task Explain_finds_a_name_as_status_and_history_show_it()
    {
        var odd = new BytePath([(byte)'a', 0xE9, (byte)'\n']);
        _typed.HasLedger(new FakeEngine { Refused = [new RefusedFile("films", odd, "a name", FakeEngine.Now)], History = [new(FakeEngine.Now, "archived", "films", odd, null, 2048, null)] });
        (await _typed.RunAsync("explain", _typed.PathOf(odd.ToString()))).ShouldBe(0);
        _typed.Output.ShouldContain(": a name");
        _typed.Output.ShouldContain("archived");
    }

    [Fact]
    public async Task Import_takes_the_Python_programs_database_and_nothing_else()
    {
        string python = _typed.PathOf("database.sqlite3");
        PythonDatabaseFile.Make(python, "films", new Dictionary<string, string>(StringComparer.Ordinal), "aurora");
        _typed.Rooms = _typed.Rooms with { Import = (_, _, file, _) => Task.FromResult($"Imported {file}.") };
        (await _typed.RunAsync("import", python)).ShouldBe(0);
        _typed.Output.ShouldBe($"Imported {python}.\n");
        (await _typed.RunAsync("import", _typed.SettingsPath)).ShouldBe(1);
        _typed.Error.ShouldContain("not a database of the Python program");
        (await _typed.RunAsync("import", "/none")).ShouldBe(2);
    }

    [Fact]
    public async Task Run_once_hosts_the_engine_and_tells_how_it_went()
    {
        _typed.Rooms = _typed.Rooms with { OpenEngine = (_, options, _, _, _) => Task.FromResult<IEngine>(new FakeEngine { Totals = new([], options.Once ? 0 : 1, 1, 0) }) };
        (await _typed.RunAsync("run", "--once")).ShouldBe(3);
    }

    public void Dispose() => _typed.Dispose();

    private static HistoryEntry Entry(string what, string path, string? vessel) => new(FakeEngine.Now, what, "films", BytePath.FromText(path), vessel, 2048, null);
}
