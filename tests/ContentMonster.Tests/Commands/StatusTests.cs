using System.Text.Json;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Tests.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Commands;

public sealed class StatusTests : IDisposable
{
    private static readonly DateTimeOffset Now = FakeEngine.Now;

    private readonly Typed _typed = new();

    private static FileVersion Version => new()
    {
        Id = 1,
        Token = "t",
        Directory = "films",
        Path = new([.. "bad\u001b[2J\n"u8, 0xff]),
        Stamp = new(1, 2, 3000, 4, 5, 0),
        ChunkSizeInBytes = 1024,
    };

    [Fact]
    public async Task Of_a_running_daemon_it_tells_all()
    {
        FakeEngine engine = Busy();
        await using ControlServer server = Serve(engine);
        (await _typed.RunAsync("status")).ShouldBe(0);
        string text = _typed.Output;
        text.ShouldContain("The daemon runs since");
        text.ShouldContain("2 files not yet everywhere, 7 delivered everywhere, 1 delivered everywhere but not archived, 1 not sent.");
        text.ShouldContain("Vessel aurora: working, 4 lanes");
        text.ShouldContain("  queue     2 files (1 stepped back), 5.0 MiB to go at 1.0 MiB/s, 5 s left");
        text.ShouldContain("  link      bbr, round trip 83 ms (least 60 ms), 1.5 % retransmitted, 2.0 MiB/s delivered");
        text.ShouldContain("  delivered 7 files (1 unverified)");
        text.ShouldContain("  sending   films/big.mkv: 1.0 KiB of 2.9 KiB");
        text.ShouldContain("Vessel borealis: stopped until somebody mends it");
        text.ShouldContain("mends it, and tried only now and then");
        text.ShouldContain("Could not log in, because the key is refused.");
        text.ShouldContain("what to do: Add the key.");
        text.ShouldContain("next attempt in 14 min 0 s");
        text.ShouldContain("Directory films (/srv/films): missing");
        text.ShouldContain("  /srv/films is not mounted.");
        text.ShouldContain("  films/bad\\u{1b}[2J\\u{a}\\xff (2.9 KiB)");
        text.ShouldContain("    borealis: begun, 1.0 KiB of 2.9 KiB there; last error: full");
        text.ShouldContain("  and 1 more");
        text.ShouldContain("  films/old: Could not make processed, because a file has that name.");
        text.ShouldContain("  films/link: a symbolic link");
        text.ShouldNotContain("\u001b");
    }

    [Fact]
    public async Task As_JSON_it_is_whole_and_safe()
    {
        FakeEngine engine = Busy();
        await using ControlServer server = Serve(engine);
        (await _typed.RunAsync("status", "--json")).ShouldBe(0);
        JsonElement json = JsonDocument.Parse(_typed.Output).RootElement;
        json.GetProperty("daemonRuns").GetBoolean().ShouldBeTrue();
        JsonElement vessel = json.GetProperty("vessels")[1];
        vessel.GetProperty("state").GetString().ShouldBe("Stopped");
        vessel.GetProperty("errorKind").GetString().ShouldBe("LoginRefused");
        JsonElement link = json.GetProperty("vessels")[0].GetProperty("link");
        link.GetProperty("congestionControl").GetString().ShouldBe("bbr");
        link.GetProperty("roundTrip").GetString().ShouldBe("00:00:00.0834000");
        link.GetProperty("retransmittedShare").GetDouble().ShouldBe(0.015);
        JsonElement missing = json.GetProperty("missing")[0];
        missing.GetProperty("file").GetString().ShouldBe("bad\\u{1b}[2J\\u{a}\\xff");
        missing.GetProperty("at")[0].GetProperty("state").GetString().ShouldBe("Sending");
        json.GetProperty("refused")[0].GetProperty("reason").GetString().ShouldBe("a symbolic link");
        json.GetProperty("directories")[0].GetProperty("state").GetString().ShouldBe("missing");
        _typed.Output.ShouldNotContain("\u001b");
    }

    [Fact]
    public async Task Without_a_daemon_the_ledger_tells_what_it_knows()
    {
        var note = new VesselNote("Stopped", FailureKind.HostKeyChanged, "Could not trust the key.", Now, null);
        _typed.HasLedger(new FakeEngine { Totals = new([new VesselTotals("aurora", 2, 2048, 0, 7, 0, note)], 2, 0, 7) });
        (await _typed.RunAsync("status")).ShouldBe(0);
        _typed.Output.ShouldContain("No daemon runs");
        _typed.Output.ShouldContain("Vessel aurora: not attended to");
        _typed.Output.ShouldContain("2 files, 2.0 KiB to go\n");
        _typed.Output.ShouldContain("last error (HostKeyChanged, ");
        _typed.Output.ShouldContain("what to do: Find out whether the vessel was reinstalled");
        _typed.Output.ShouldContain("Could not trust the key.");
    }

    [Fact]
    public async Task Without_a_daemon_and_a_ledger_it_says_so()
    {
        (await _typed.RunAsync("status")).ShouldBe(1);
        _typed.Error.ShouldContain("No daemon runs, and there is no ledger at");
    }

    [Fact]
    public async Task A_ledger_that_is_a_link_to_nothing_is_told_as_that()
    {
        File.CreateSymbolicLink(StatePlace.Of(_typed.Settings, static _ => null).LedgerPath, _typed.PathOf("nowhere"));
        (await _typed.RunAsync("status")).ShouldBe(1);
        _typed.Error.ShouldContain($"is a symbolic link to {_typed.PathOf("nowhere")}, where there is nothing. Name the file itself as Database.");
    }

    [Fact]
    public async Task Watching_ends_with_the_stop()
    {
        _typed.HasLedger(new FakeEngine());
        using var stop = new CancellationTokenSource();
        Task<int> watching = _typed.RunAsync(stop.Token, "status", "--watch");
        watching.IsCompleted.ShouldBeFalse();
        await stop.CancelAsync();
        (await watching).ShouldBe(0);
    }

    public void Dispose() => _typed.Dispose();

    private static FakeEngine Busy()
    {
        var engine = new FakeEngine
        {
            Totals = new([new VesselTotals("aurora", 2, 5 << 20, 1, 7, 1, null)], 3, 1, 7),
            Missing = [new MissingFile(Version, [new MissingAt("borealis", DeliveryState.Sending, 1024, FailureKind.VesselFull, "full", null)])],
            Unarchived = [new UnarchivedFile("films", BytePath.FromText("old"), "Could not make processed, because a file has that name.")],
            Refused = [new RefusedFile("films", BytePath.FromText("link"), "a symbolic link", Now)],
        };
        engine.Board = engine.Board with
        {
            Directories = [new DirectorySnapshot("films", "/srv/films", "missing", "/srv/films is not mounted.", 0)],
            Vessels =
            [
                FakeEngine.Vessel("aurora") with
                {
                    State = VesselState.Working, Lanes = 4, WaitingFiles = 2, WaitingBytes = 5 << 20, BytesPerSecond = 1 << 20, Eta = TimeSpan.FromSeconds(5),
                    Link = new("bbr", TimeSpan.FromMilliseconds(83.4), TimeSpan.FromMilliseconds(60), 0.015, 2 << 20, 4),
                    Active = [new ActiveFile("films", "big.mkv", 3000, 1024, "sending")],
                },
                FakeEngine.Vessel("borealis") with
                {
                    State = VesselState.Stopped, ErrorKind = FailureKind.LoginRefused, LastError = "Could not log in, because the key is refused.",
                    Advice = "Add the key.", LastErrorAt = Now, NextAttempt = Now.AddMinutes(14),
                },
            ],
        };
        return engine;
    }

    private ControlServer Serve(FakeEngine engine) =>
        ControlServer.Start(StatePlace.Of(_typed.Settings, _ => null).SocketPath, engine, NullLogger.Instance, TimeProvider.System);
}
