using ContentMonster.Configuration;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Tests.Ledger;
using ContentMonster.Tests.Support;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Tests.Hosting;

/// <summary>A start that comes to nothing leaves the ledger as it should be.</summary>
public sealed class EngineStartTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Settings Settings => new()
    {
        Path = _scratch["settings.ini"],
        Directories = [new DirectorySettings { Name = "films", Location = _scratch["films"], RemoteLocation = "/inbox" }],
        Vessels = [new VesselSettings { Name = "ship", Address = "127.0.0.1", Port = 1 }],
    };

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task One_that_is_stopped_while_the_ledger_is_opened_leaves_it_clean()
    {
        using var stop = new CancellationTokenSource();
        var stopped = new StoppingLoggers(stop);
        (await RunAsync(Settings, stopped, stop.Token)).ShouldBe(ExitCode.Done);
        stop.IsCancellationRequested.ShouldBeTrue();
        await ShouldOpenCleanAsync();
    }

    [Fact]
    public async Task One_that_is_refused_for_the_Python_programs_database_leaves_it_clean()
    {
        PythonDatabaseFile.Make(_scratch[Predecessor.UsualName], "films", new Dictionary<string, string>(StringComparer.Ordinal) { ["a"] = new('a', 64) }, "ship");
        using (FileStream cut = File.OpenWrite(_scratch[Predecessor.UsualName]))
        {
            cut.SetLength(4096);
        }

        (await RunAsync(Settings, new RecordingLoggers(), Token)).ShouldBe(ExitCode.Failed);
        File.Delete(_scratch[Predecessor.UsualName]);
        await ShouldOpenCleanAsync();
    }

    private async Task ShouldOpenCleanAsync()
    {
        using var stop = new CancellationTokenSource();
        var logs = new RecordingLoggers();
        Task<int> daemon = RunAsync(Settings, logs, stop.Token);
        await Eventually.BeTrueAsync(() => logs.Lines.Any(line => line.Contains(" runs with ", StringComparison.Ordinal)), "it runs");
        await stop.CancelAsync();
        (await daemon).ShouldBe(ExitCode.Done);
        logs.Lines.ShouldContain(line => line.StartsWith("Opened the ledger ", StringComparison.Ordinal));
        logs.Lines.ShouldNotContain(line => line.Contains("not closed cleanly", StringComparison.Ordinal));
    }

    private static Task<int> RunAsync(Settings settings, ILoggerFactory loggers, CancellationToken stop) =>
        new Service(Engine.OpenAsync, loggers, TimeProvider.System, static _ => null).RunAsync(settings, StatePlace.Of(settings, static _ => null), once: false, stop);

    /// <summary>The stop comes as soon as the ledger is open.</summary>
    private sealed class StoppingLoggers(CancellationTokenSource stop) : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
            // Nothing else listens.
        }

        public void Dispose()
        {
            // Nothing is held.
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).StartsWith("Opened the ledger ", StringComparison.Ordinal))
            {
                stop.Cancel();
            }
        }
    }
}
