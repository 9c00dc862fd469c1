using System.Diagnostics;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Hosting;

public sealed class ServiceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task Systemd_hears_ready_then_a_heartbeat_then_stopping()
    {
        using var systemd = new NotifySocket(_folder.File("notify"));
        using var stop = new CancellationTokenSource();
        var engine = new FakeEngine();
        Task<int> running = RunAsync(engine, once: false, stop.Token, name => name switch
        {
            "NOTIFY_SOCKET" => systemd.Address,
            "WATCHDOG_USEC" => "200000",
            _ => null,
        });
        (await systemd.ReceiveAsync()).ShouldBe("READY=1");
        List<string> beat = await systemd.ReceiveUntilAsync("WATCHDOG=1");
        beat.ShouldContain(message => message.StartsWith("STATUS=", StringComparison.Ordinal));
        await systemd.ReceiveUntilAsync("WATCHDOG=1");
        await stop.CancelAsync();
        await systemd.ReceiveUntilAsync("STOPPING=1");
        (await running).ShouldBe(ExitCode.Done);
        engine.Disposed.ShouldBeTrue();
        File.Exists(_folder.File("state/contentmonster.db.sock")).ShouldBeFalse();
    }

    [Fact]
    public async Task Askpass_directories_of_killed_daemons_go_at_the_start()
    {
        using Process ended = Process.Start("true");
        await ended.WaitForExitAsync(TestContext.Current.CancellationToken);
        string left = $"/tmp/contentmonster-ask-{ended.Id}-1-aB3xYz";
#pragma warning disable CA1416 // The tests run on Linux.
        Directory.CreateDirectory(left, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
#pragma warning restore CA1416
        Directory.SetLastWriteTimeUtc(left, DateTime.UnixEpoch.AddYears(50));
        using var stop = new CancellationTokenSource();
        Task<int> running = RunAsync(new FakeEngine(), once: false, stop.Token);
        await ControlClient.AskAsync(_folder.File("state/contentmonster.db.sock"), new("status"), TimeProvider.System, CancellationToken.None);
        await stop.CancelAsync();
        await running;
        Directory.Exists(left).ShouldBeFalse();
    }

    [Fact]
    public async Task The_socket_answers_while_the_engine_works()
    {
        using var stop = new CancellationTokenSource();
        Task<int> running = RunAsync(new FakeEngine(), once: false, stop.Token);
        StatusReport? status = (await ControlClient.AskAsync(_folder.File("state/contentmonster.db.sock"), new("status"), TimeProvider.System, CancellationToken.None))?.Status;
        status.ShouldNotBeNull();
        await stop.CancelAsync();
        (await running).ShouldBe(ExitCode.Done);
    }

    [Fact]
    public async Task An_engine_that_fails_or_ends_by_itself_fails_the_daemon()
    {
        (await RunAsync(new FakeEngine { Run = _ => throw new IOException("Could not, because.") }, once: false, CancellationToken.None)).ShouldBe(ExitCode.Failed);
        (await RunAsync(new FakeEngine { Run = async _ => { await Task.Yield(); throw new InvalidOperationException(); } }, once: true, CancellationToken.None)).ShouldBe(ExitCode.Failed);
        (await RunAsync(new FakeEngine { Run = _ => Task.CompletedTask }, once: false, CancellationToken.None)).ShouldBe(ExitCode.Failed);
    }

    [Fact]
    public async Task Want_of_memory_ends_the_daemon_with_one_line_that_asks_for_more_and_for_no_report()
    {
        var log = new RecordingLoggers();
        (await RunAsync(new FakeEngine { Run = _ => Task.FromException(new InsufficientMemoryException()) }, once: false, CancellationToken.None, loggers: log)).ShouldBe(ExitCode.Failed);
        string told = log.Lines.Last();
        told.ShouldStartWith("Ended for want of memory");
        log.Lines.ShouldNotContain(line => line.Contains("report", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Once_ends_with_0_when_all_is_delivered_and_with_3_when_not()
    {
        (await OnceAsync(new([new VesselTotals("a", 0, 0, 0, 9, 0, null)], 0, 0, 9))).ShouldBe(ExitCode.Done);
        (await OnceAsync(new([new VesselTotals("a", 1, 10, 0, 9, 0, null)], 1, 0, 9))).ShouldBe(ExitCode.NotEverythingDelivered);
        (await OnceAsync(new([], 0, RefusedFiles: 1, 0))).ShouldBe(ExitCode.NotEverythingDelivered);
    }

    [Fact]
    public async Task Once_ends_with_3_and_the_reason_where_a_file_could_not_be_archived()
    {
        var loggers = new RecordingLoggers();
        var engine = new FakeEngine { Unarchived = [new UnarchivedFile("films", BytePath.FromText("x"), "Could not archive x, because.")] };
        (await RunAsync(engine, once: true, CancellationToken.None, loggers: loggers)).ShouldBe(ExitCode.NotEverythingDelivered);
        loggers.Lines.ShouldContain(line => line.Contains("not archived: 1 files, among them films/x: Could not archive x, because.", StringComparison.Ordinal));
        loggers.Lines.ShouldNotContain(line => line.Contains("Everything is delivered", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Once_tells_what_was_under_way_when_it_gave_up()
    {
        var loggers = new RecordingLoggers();
        var engine = new FakeEngine { Totals = new([new VesselTotals("a", 2, 20, 0, 9, 0, null)], 2, 0, 9) };
        VesselSnapshot vessel = new ProgressBoard(TimeProvider.System).Vessel("a").Snapshot();
        engine.Board = engine.Board with { Vessels = [vessel with { Active = [new ActiveFile("films", "x", 10, 10, "publishing"), new ActiveFile("films", "y", 10, 10, "publishing")] }] };
        (await RunAsync(engine, once: true, CancellationToken.None, loggers: loggers)).ShouldBe(ExitCode.NotEverythingDelivered);
        loggers.Lines.ShouldContain(line => line.Contains("Under way to a at the end: 2 files, among them films/x (publishing)", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("missing", 0)]
    [InlineData("watching", 1)]
    public async Task Once_with_a_directory_that_is_not_there_or_a_file_that_is_being_written_ends_with_3(string state, long settling)
    {
        var engine = new FakeEngine();
        engine.Board = engine.Board with { Directories = [new DirectorySnapshot("films", "/none", state, null, settling)] };
        (await RunAsync(engine, once: true, CancellationToken.None)).ShouldBe(ExitCode.NotEverythingDelivered);
    }

    [Fact]
    public async Task Once_waits_for_the_last_delivery()
    {
        var asked = new TaskCompletionSource();
        var delivered = new TaskCompletionSource();
        Func<CancellationToken, Task> wait = _ =>
        {
            asked.SetResult();
            return delivered.Task;
        };
        Task<int> running = RunAsync(new FakeEngine { AllDelivered = wait }, once: true, CancellationToken.None);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        running.IsCompleted.ShouldBeFalse();
        delivered.SetResult();
        (await running).ShouldBe(ExitCode.Done);
    }

    [Fact]
    public async Task Once_without_a_signal_may_take_its_time_to_end()
    {
        var engine = new FakeEngine
        {
            Run = async stop =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System, CancellationToken.None);
            },
        };
        (await RunAsync(engine, once: true, CancellationToken.None)).ShouldBe(ExitCode.Done);
    }

    public void Dispose() => _folder.Dispose();

    private Task<int> OnceAsync(LedgerTotals totals) => RunAsync(new FakeEngine { Totals = totals }, once: true, CancellationToken.None);

    private Task<int> RunAsync(FakeEngine engine, bool once, CancellationToken stop, Func<string, string?>? environment = null, ILoggerFactory? loggers = null)
    {
        string state = _folder.File("state");
        var service = new Service((_, _, _, _, _) => Task.FromResult<IEngine>(engine), loggers ?? NullLoggerFactory.Instance, TimeProvider.System, environment ?? (_ => null));
        var settings = new Settings { Path = _folder.File("settings.ini"), Database = Path.Combine(state, "contentmonster.db") };
        return service.RunAsync(settings, StatePlace.Of(settings, _ => null), once, stop);
    }
}
