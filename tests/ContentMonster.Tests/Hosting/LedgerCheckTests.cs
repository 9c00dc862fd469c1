using ContentMonster.Configuration;
using ContentMonster.Daemon.Commands;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Ledger;
using ContentMonster.Shore;
using ContentMonster.Tests.Faults;
using ContentMonster.Tests.Ledger;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Hosting;

/// <summary>`check` says what would keep the daemon from working with its ledger.</summary>
public sealed class LedgerCheckTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly LedgerRoom _room = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _room.Dispose();
        _scratch.Dispose();
    }

    [Theory]
    [InlineData(true, "1536k", false)]
    [InlineData(true, "1m", true)]
    [InlineData(false, "1536k", false)]
    [InlineData(false, "900k", true)]
    public async Task A_full_disk_is_told_whether_the_ledger_is_there_or_not_and_nothing_is_left_on_it(bool there, string size, bool full)
    {
        Assert.SkipUnless(Posix.IsRoot, "Mounting takes root.");
        using var disk = new SmallDisk(_scratch["disk"], size);
        string ledger = _scratch["disk/ledger"];
        if (there)
        {
            await using SqliteLedger made = await _room.OpenAsync(ledger);
            await made.CloseAsync(null);
        }

        if (there && full)
        {
            disk.Fill(_scratch["disk/ballast"]);
        }

        string[] before = Here();
        IReadOnlyList<CheckLine> lines = await RunAsync(ledger);
        lines.Any(line => line.Verdict == CheckVerdict.Failed).ShouldBe(full, Told(lines));
        lines.Any(line => line.Text.StartsWith($"the disk of {_scratch["disk"]}, or a quota on it, is full", StringComparison.Ordinal)).ShouldBe(full, Told(lines));
        Here().ShouldBe(before);

        // SQLite's own are left by whoever reads last.
        string[] Here() => [.. Directory.GetFileSystemEntries(_scratch["disk"]).Where(static file => !file.EndsWith("-wal", StringComparison.Ordinal) && !file.EndsWith("-shm", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void Where_it_cannot_be_tried_whether_a_disk_has_room_that_is_known() => DiskRoom.Try("/proc", 1).ShouldBe((false, null));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_link_is_refused_as_the_daemon_refuses_it(bool leads)
    {
        if (leads)
        {
            await using SqliteLedger made = await _room.OpenAsync(_scratch["real"]);
            await made.CloseAsync(null);
        }

        File.CreateSymbolicLink(_scratch["ledger"], _scratch["real"]);
        string told = $"Could not use {_scratch["ledger"]}, because it is a symbolic link to {_scratch["real"]}{(leads ? "" : ", where there is nothing")}. Name the file itself as Database.";
        IReadOnlyList<CheckLine> lines = await RunAsync(_scratch["ledger"]);
        lines.Where(line => line.What == "ledger").Select(line => (line.Verdict, line.Text)).ShouldBe([(CheckVerdict.Failed, told)], Told(lines));
        Should.Throw<LedgerRefusedException>(() => LedgerReader.Open(_scratch["ledger"])).Message.ShouldBe(told);
        (await Should.ThrowAsync<LedgerRefusedException>(() => _room.OpenAsync(_scratch["ledger"]))).Message.ShouldBe(told);
        File.Exists(_scratch["ledger.lock"]).ShouldBeFalse();
    }

    [Theory]
    [InlineData(true, "fifo", "is a symbolic link, a directory, a device or a pipe: remove what stands there")]
    [InlineData(false, "fifo", "is a symbolic link, a directory, a device or a pipe: remove what stands there")]
    [InlineData(true, "other", "holds something else than a process id")]
    [InlineData(false, "other", "holds something else than a process id")]
    public async Task What_has_the_name_of_the_lock_and_is_none_is_told(bool there, string kind, string words)
    {
        if (there)
        {
            await using SqliteLedger made = await _room.OpenAsync(_scratch["ledger"]);
            await made.CloseAsync(null);
            File.Delete(_scratch["ledger.lock"]);
        }

        Posix.Run("sh", "-c", kind == "fifo" ? $"mkfifo {_scratch["ledger.lock"]}" : $"echo precious > {_scratch["ledger.lock"]}");
        IReadOnlyList<CheckLine> lines = await Task.Run(() => RunAsync(_scratch["ledger"]), Token).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Token);
        lines.ShouldContain(line => line.What == "ledger" && line.Verdict == CheckVerdict.Failed && line.Text.Contains($"{_scratch["ledger.lock"]} {words}", StringComparison.Ordinal), Told(lines));
        lines.ShouldNotContain(line => line.Text.Contains("the daemon makes it", StringComparison.Ordinal), Told(lines));
    }

    private static string Told(IEnumerable<CheckLine> lines) => string.Join('\n', lines);

    private async Task<IReadOnlyList<CheckLine>> RunAsync(string ledger)
    {
        var settings = new Settings { Path = _scratch["settings.ini"], Directories = [], Vessels = [] };
        return (await LedgerCheck.RunAsync(settings, StatePlace.Of(settings, static _ => null) with { LedgerPath = ledger }, TimeProvider.System, Token)).Lines;
    }
}
