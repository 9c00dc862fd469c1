using System.Diagnostics;
using System.Security.Cryptography;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Ledger;

/// <summary>Group commit, crashes, and disks that fail.</summary>
public sealed class LedgerWriterTests : IDisposable
{
    private readonly LedgerRoom _room = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _room.Dispose();

    [Fact]
    public async Task Ten_thousand_small_writes_from_many_tasks_cost_few_commits()
    {
        await using SqliteLedger ledger = await FilledAsync(10_000);
        long before = ledger.Commits;
        await Task.WhenAll(Enumerable.Range(1, 10_000).Select(id =>
            ledger.PublishedAsync([new PublishedDelivery(id, "v1", VerifiedBy.RemoteHash, true, 1)], Token)));
        (ledger.Commits - before).ShouldBeLessThan(500);
        (await ledger.TotalsAsync(Token)).Vessels.Single().PublishedFiles.ShouldBe(10_000);
    }

    [Fact]
    public async Task Work_that_throws_faults_its_caller_alone_and_leaves_nothing()
    {
        using LedgerConnection unopened = Fresh();
        await using var writer = new LedgerWriter(_room.File, unopened, new LedgerGuard(_room.File), TimeProvider.System, NullLogger.Instance);
        var go = new TaskCompletionSource();
        Task<int> holds = writer.WriteAsync(connection => { go.Task.Wait(Token); return 0; }, Token);
        Task<int> good = writer.WriteAsync(connection => connection.Execute("insert into t values (1)"), Token);
        Task<int> bad = writer.WriteAsync<int>(connection => connection.Execute("insert into t values (2)") + Throw(), Token);
        Task<int> wrong = writer.WriteAsync(connection => connection.Execute("insert into t values (1)"), Token);
        Task<long?> last = writer.WriteAsync(connection => connection.Number("select count(*) from t"), Token);
        go.SetResult();
        await holds;
        (await good).ShouldBe(1);
        await Should.ThrowAsync<InvalidTimeZoneException>(bad);
        (await Should.ThrowAsync<SqliteException>(wrong)).Message.ShouldContain("UNIQUE");
        (await last).ShouldBe(1);

        static int Throw() => throw new InvalidTimeZoneException();
    }

    [Fact]
    public async Task To_withdraw_what_is_not_there_costs_no_commit()
    {
        await using SqliteLedger ledger = await FilledAsync(1);
        long before = ledger.Commits;
        (await ledger.WithdrawAsync("in", [.. Enumerable.Range(1, 100).Select(number => Seen(number).Path)], "gone", Token)).ShouldBe(0);
        ledger.Commits.ShouldBe(before);
        (await ledger.WithdrawAsync("in", [Seen(5).Path, Seen(0).Path], "gone", Token)).ShouldBe(1);
        ledger.Commits.ShouldBe(before + 1);
    }

    [Fact]
    public async Task A_group_that_was_undone_for_one_of_it_is_done_again_in_its_order()
    {
        using LedgerConnection unopened = Fresh();
        await using var writer = new LedgerWriter(_room.File, unopened, new LedgerGuard(_room.File), TimeProvider.System, NullLogger.Instance);
        var go = new TaskCompletionSource();
        Task<int> holds = writer.WriteAsync(connection => { go.Task.Wait(Token); return 0; }, Token);
        using var cancel = new CancellationTokenSource();
        int runs = 0;
        Task<long?> first = writer.WriteAsync(connection => connection.Execute("insert into t values (10)") == 1 ? connection.Number("select count(*) from t") : null, Token);
        Task<int> counted = writer.WriteAsync(connection => ++runs, cancel.Token);

        // Cancelled after it was done once: what was begun is finished, or its caller would be told of work that is not there.
        Task<int> bad = writer.WriteAsync<int>(connection => { cancel.Cancel(); throw new InvalidTimeZoneException(); }, Token);
        Task<long?> last = writer.WriteAsync(connection => connection.Number("select count(*) from t"), Token);
        go.SetResult();
        await holds;
        (await first).ShouldBe(1);
        (await counted).ShouldBe(2);
        await Should.ThrowAsync<InvalidTimeZoneException>(bad);
        (await last).ShouldBe(1);
    }

    [Fact]
    public async Task What_was_cancelled_before_its_turn_is_not_done()
    {
        using LedgerConnection unopened = Fresh();
        await using var writer = new LedgerWriter(_room.File, unopened, new LedgerGuard(_room.File), TimeProvider.System, NullLogger.Instance);
        using var cancel = new CancellationTokenSource();
        var go = new TaskCompletionSource();
        Task<int> holds = writer.WriteAsync(connection => { go.Task.Wait(Token); return 0; }, Token);
        Task<int> cancelled = writer.WriteAsync(connection => connection.Execute("insert into t values (1)"), cancel.Token);
        await cancel.CancelAsync();
        go.SetResult();
        await holds;
        await Should.ThrowAsync<OperationCanceledException>(cancelled);
        (await writer.WriteAsync(connection => connection.Number("select count(*) from t"), Token)).ShouldBe(0);
    }

    [Fact]
    public async Task How_long_a_write_takes_can_be_asked_while_it_hangs()
    {
        var time = new ManualTime();
        time.Advance(TimeSpan.FromSeconds(1));
        using LedgerConnection unopened = Fresh();
        await using var writer = new LedgerWriter(_room.File, unopened, new LedgerGuard(_room.File), time, NullLogger.Instance);
        writer.WritesFor.ShouldBe(TimeSpan.Zero);
        var go = new TaskCompletionSource();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int> hangs = writer.WriteAsync(connection => { begun.SetResult(); go.Task.Wait(Token); return 0; }, Token);
        await begun.Task;
        time.Advance(TimeSpan.FromSeconds(40));
        TimeSpan writes = writer.WritesFor;
        go.SetResult();
        await hangs;
        writes.ShouldBe(TimeSpan.FromSeconds(40));
        writer.WritesFor.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task Writing_after_the_end_is_refused()
    {
        SqliteLedger ledger = await FilledAsync(1);
        await ledger.DisposeAsync();
        await Should.ThrowAsync<ObjectDisposedException>(() => ledger.RetryNowAsync(null, Token));
        await Should.ThrowAsync<ObjectDisposedException>(() => ledger.TotalsAsync(Token));
    }

    [Fact]
    public async Task A_full_disk_is_told_and_when_it_has_room_again_writing_goes_on()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can mount a small disk");
        string disk = Directory.CreateDirectory(Path.Combine(_room.Folder, "disk")).FullName;
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=2m", "none", disk) == 0, "mounting is not allowed here");
        try
        {
            await using SqliteLedger ledger = await SqliteLedger.OpenAsync(
                Path.Combine(disk, "l"), _room.Clock, RandomNumberGenerator.Create(), NullLogger.Instance, Token);
            await ledger.DeclareAsync([new("in", 0, ["v1"])], ["v1"], Token);
            await ledger.RecordAsync("in", [Seen(0)], 100, Token);
            string ballast = Path.Combine(disk, "ballast");
            Run("dd", "if=/dev/zero", "of=" + ballast, "bs=64k", "status=none");

            int written = 1;
            LedgerException told = await Should.ThrowAsync<LedgerWriteException>(async () =>
            {
                for (; written < 10_000; written++)
                {
                    await ledger.RecordAsync("in", [Seen(written)], 100, Token);
                }
            });
            told.Message.ShouldContain("disk");
            (await ledger.TotalsAsync(Token)).LiveFiles.ShouldBe(written);

            File.Delete(ballast);
            await ledger.RecordAsync("in", [Seen(written)], 100, Token);
            (await ledger.TotalsAsync(Token)).LiveFiles.ShouldBe(written + 1);
        }
        finally
        {
            Run("umount", disk);
        }
    }

    [Fact]
    public async Task What_was_told_to_be_done_is_there_after_a_crash()
    {
        await using SqliteLedger ledger = await FilledAsync(50);
        using var stop = new CancellationTokenSource();
        int done = 0;
        Task writing = Task.Run(async () =>
        {
            for (int id = 1; id <= 50; id++)
            {
                await ledger.StartAsync("v1", [(id, BytePath.FromText("p"))], Token);
                await ledger.SaveProgressAsync("v1", id, [new ChunkProgress(0, 1, null)], Token);
                await ledger.PublishedAsync([new PublishedDelivery(id, "v1", VerifiedBy.RemoteHash, true, 1)], Token);
                Interlocked.Increment(ref done);
            }
        });
        for (int crash = 0; crash < 4; crash++)
        {
            int before = Volatile.Read(ref done);
            string copy = _room.CopyAsCrashed();
            await using SqliteLedger again = await _room.OpenAsync(copy);
            again.ShoreId.ShouldBe(ledger.ShoreId);
            VesselTotals totals = (await again.TotalsAsync(Token)).Vessels.Single();
            totals.PublishedFiles.ShouldBeGreaterThanOrEqualTo(before);
            (totals.PublishedFiles + totals.WaitingFiles).ShouldBe(50);
            (await again.QueueAsync("v1", 100, new HashSet<long>(), big: false, Token)).Count.ShouldBe((int)totals.WaitingFiles);
            await again.RecordAsync("in", [Seen(1000)], 100, Token);
        }

        await writing;
    }

    private static SeenFile Seen(int number) => new(BytePath.FromText($"file {number}"), new FileStamp(1, number, 1, 1, 1, 1));

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }

    private LedgerConnection Fresh()
    {
        File.WriteAllBytes(_room.File, []);
        LedgerConnection connection = LedgerConnection.OpenWriter(_room.File);
        connection.Script("create table t (x primary key)");
        return connection;
    }

    private async Task<SqliteLedger> FilledAsync(int files)
    {
        SqliteLedger ledger = await _room.OpenAsync();
        await ledger.DeclareAsync([new("in", 0, ["v1"])], ["v1"], Token);
        await ledger.RecordAsync("in", [.. Enumerable.Range(0, files).Select(Seen)], 100, Token);
        return ledger;
    }
}
