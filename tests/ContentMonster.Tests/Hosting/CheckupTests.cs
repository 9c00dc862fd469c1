using System.Security.Cryptography;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Commands;
using ContentMonster.Daemon.Demo;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Tests.Ledger;
using ContentMonster.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Hosting;

public sealed class CheckupTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    private Settings Settings => new()
    {
        Path = _scratch["settings.ini"],
        Directories = [new DirectorySettings { Name = "films", Location = _scratch["films"], RemoteLocation = _scratch["inbox"], SettleTime = TimeSpan.Zero }],
    };

    private StatePlace Place => StatePlace.Of(Settings, _ => null);

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Vessels_are_told_in_the_order_of_the_settings_and_a_dead_one_harms_no_other()
    {
        Directory.CreateDirectory(_scratch["films"]);
        await using ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(new(), TestContext.Current.CancellationToken);
        VesselSettings alive = new() { Name = "aurora", Address = "127.0.0.1", Port = sshd.Port, Username = sshd.User, IdentityFile = sshd.ClientKeyFile };
        IReadOnlyList<CheckLine> lines = await RunAsync(Settings with { Vessels = [alive with { Name = "dead", Port = 1 }, alive] });
        lines.Select(line => line.Vessel).Distinct(StringComparer.Ordinal).ShouldBe(["", "dead", "aurora"], Told(lines));
        lines.Where(line => line.Verdict == CheckVerdict.Failed).Select(line => (line.Vessel, line.What)).ShouldBe([("dead", "reach")], Told(lines));
        lines.ShouldContain(line => line.Vessel == "aurora" && line.What == "host key" && line.Text.Contains($"newly pinned in {Place.KnownHostsPath}", StringComparison.Ordinal));
        lines.ShouldContain(line => line.What == "daemon" && line.Text == "none runs with these settings");
        lines.ShouldContain(line => line.What == "ssh" && line.Text.Contains("OpenSSH", StringComparison.Ordinal));
        lines.ShouldContain(line => line.What == "ledger" && line.Text.Contains("is not there yet", StringComparison.Ordinal));
        Directory.EnumerateFileSystemEntries(_scratch["films"]).ShouldBeEmpty();
        File.Exists(Place.LedgerPath).ShouldBeFalse();
    }

    [Fact]
    public async Task Beside_a_daemon_at_work_it_tells_of_it_and_leaves_it_alone()
    {
        Directory.CreateDirectory(_scratch["films"]);
        await using ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(new(), TestContext.Current.CancellationToken);
        Settings settings = Settings with { Vessels = [new() { Name = "aurora", Address = "127.0.0.1", Port = sshd.Port, Username = sshd.User, IdentityFile = sshd.ClientKeyFile, TempDir = _scratch["temp"] }] };
        using var stop = new CancellationTokenSource();
        var service = new Service(Engine.OpenAsync, NullLoggerFactory.Instance, TimeProvider.System, _ => null);
        Task<int> daemon = service.RunAsync(settings, Place, once: false, stop.Token);
        await Eventually.BeTrueAsync(() => File.Exists(Place.SocketPath), "the daemon listens", 60);
        File.WriteAllText(_scratch["films/before"], "x");
        await Eventually.BeTrueAsync(() => File.Exists(_scratch["inbox/before"]), "the first file arrives", 60);
        IReadOnlyList<CheckLine> lines = await RunAsync(settings);
        lines.ShouldNotContain(line => line.Verdict == CheckVerdict.Failed, Told(lines));
        lines.ShouldContain(line => line.What == "daemon" && line.Text.StartsWith($"runs (process {Environment.ProcessId})", StringComparison.Ordinal), Told(lines));
        lines.ShouldContain(line => line.What == "ledger" && line.Text.Contains("SQLite 3.", StringComparison.Ordinal), Told(lines));
        lines.ShouldContain(line => line.What == "leftovers" && line.Verdict == CheckVerdict.Ok, Told(lines));
        Directory.GetDirectories(_scratch["temp"]).Length.ShouldBe(1);
        File.WriteAllText(_scratch["films/after"], "x");
        await Eventually.BeTrueAsync(() => File.Exists(_scratch["inbox/after"]), "the next file arrives", 60);
        await stop.CancelAsync();
        (await daemon).ShouldBe(0);
    }

    [Theory]
    [InlineData("new/deep/ledger", nameof(CheckVerdict.Ok), "the daemon makes it")]
    [InlineData("file/ledger", nameof(CheckVerdict.Failed), "is a file")]
    [InlineData("file/deep/ledger", nameof(CheckVerdict.Failed), "is a file")]
    public async Task A_ledger_that_is_yet_to_be_made_is_judged_by_what_is_above_it(string ledger, string verdict, string text)
    {
        File.WriteAllText(_scratch["file"], "x");
        (_, IReadOnlyList<CheckLine> lines) = await LedgerCheck.RunAsync(Settings, Place with { LedgerPath = _scratch[ledger] }, TimeProvider.System, TestContext.Current.CancellationToken);
        lines.ShouldContain(line => line.What == "ledger" && line.Verdict.ToString() == verdict && line.Text.Contains(text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Directories_that_are_missing_or_cannot_archive_are_named()
    {
        (await RunAsync(Settings)).ShouldContain(line => line.What == "directory" && line.Verdict == CheckVerdict.Warning && line.Text.Contains("is missing or not mounted", StringComparison.Ordinal));
        Directory.CreateDirectory(_scratch["films"]);
        File.WriteAllText(_scratch["films/processed"], "");
        IReadOnlyList<CheckLine> lines = await RunAsync(Settings);
        lines.ShouldContain(line => line.Verdict == CheckVerdict.Warning && line.Text.Contains("goes to no vessel", StringComparison.Ordinal), Told(lines));
        lines.ShouldContain(line => line.Verdict == CheckVerdict.Failed && line.Text.Contains("processed is a file", StringComparison.Ordinal), Told(lines));
        File.Delete(_scratch["films/processed"]);
        Directory.CreateDirectory(_scratch["elsewhere"]);
        Directory.CreateSymbolicLink(_scratch["films/processed"], _scratch["elsewhere"]);
        lines = await RunAsync(Settings);
        lines.ShouldContain(line => line.Verdict == CheckVerdict.Failed && line.Text.Contains("processed is a symbolic link", StringComparison.Ordinal), Told(lines));
    }

    [Fact]
    public async Task What_the_Python_program_left_is_told()
    {
        PythonDatabaseFile.Make(_scratch["database.sqlite3"], "films", new Dictionary<string, string>(StringComparer.Ordinal), "aurora");
        (await RunAsync(Settings)).ShouldContain(line => line.What == "predecessor" && line.Verdict == CheckVerdict.Ok && line.Text.StartsWith(_scratch["database.sqlite3"], StringComparison.Ordinal));
        File.Delete(_scratch["database.sqlite3"]);
        Directory.CreateDirectory(_scratch["films"]);
        (await RunAsync(Settings)).ShouldNotContain(line => line.What == "predecessor");
    }

    [Fact]
    public async Task What_waits_for_a_vessel_or_in_a_directory_that_the_settings_lack_is_told_before_it_is_too_late()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using SqliteLedger ledger = await SqliteLedger.OpenAsync(Place.LedgerPath, TimeProvider.System, RandomNumberGenerator.Create(), NullLogger.Instance, token);
        await ledger.DeclareAsync([new DeclaredDirectory("films", 0, ["gone", "stays"]), new DeclaredDirectory("news", 0, ["stays"])], ["gone", "stays", "idle"], token);
        var stamp = new FileStamp(1, 2, 3, 4, 5, 0);
        await ledger.RecordAsync("films", [new SeenFile(BytePath.FromText("a"), stamp), new SeenFile(BytePath.FromText("b"), stamp with { Inode = 3 })], 65536, token);
        await ledger.RecordAsync("news", [new SeenFile(BytePath.FromText("c"), stamp with { Inode = 4 })], 65536, token);
        long later = (await ledger.QueueAsync("gone", 1, new HashSet<long>(), big: false, token))[0].Version.Id;
        await ledger.FailedAsync("gone", later, FailureKind.Refused, "refused", TimeProvider.System.GetUtcNow().AddHours(1), token);
        Settings settings = Settings with { Vessels = [new() { Name = "stays", Address = "127.0.0.1", Port = 1 }] };
        IReadOnlyList<CheckLine> lines = await RunAsync(settings);
        lines.Where(line => line is { What: "ledger", Verdict: CheckVerdict.Warning }).Select(line => line.Text[..line.Text.IndexOf(':', StringComparison.Ordinal)]).ShouldBe(
            ["Directory news is not in the settings, and files of it wait for stays (1 file)", "Vessel gone is not in the settings, while the ledger has 2 files for it"], Told(lines));
        lines = await RunAsync(settings with { Vessels = [.. settings.Vessels, new() { Name = "gone", Address = "127.0.0.1", Port = 1, IgnoreDirs = ["films"] }] });
        lines.ShouldContain(line => line.Text.StartsWith("Vessel gone takes films no more, while the ledger has 2 files", StringComparison.Ordinal), Told(lines));
    }

    [Fact]
    public async Task A_ledger_that_is_none_fails_with_the_reason()
    {
        File.WriteAllText(Place.LedgerPath, "this is no database, and long enough to be seen as one that is broken");
        IReadOnlyList<CheckLine> lines = await RunAsync(Settings);
        lines.ShouldContain(line => line.What == "ledger" && line.Verdict == CheckVerdict.Failed && line.Text.StartsWith("Could not", StringComparison.Ordinal), Told(lines));
    }

    private async Task<IReadOnlyList<CheckLine>> RunAsync(Settings settings)
    {
        List<CheckLine> lines = [];
        await foreach (CheckLine line in Rooms.Real.Check(settings, Place, NullLoggerFactory.Instance, TestContext.Current.CancellationToken))
        {
            lines.Add(line);
        }

        return lines;
    }

    private static string Told(IEnumerable<CheckLine> lines) => string.Join('\n', lines.Select(line => $"{line.Vessel} {line.Verdict} {line.What}: {line.Text}"));
}
