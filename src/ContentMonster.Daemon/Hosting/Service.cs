using System.Reflection;
using ContentMonster.Configuration;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Vessels;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Daemon.Hosting;

/// <summary>The daemon around an engine: control socket, systemd, an orderly end.</summary>
internal sealed class Service(EngineFactory openEngine, ILoggerFactory loggers, TimeProvider time, Func<string, string?> environment)
{
    // The process is ended five seconds after the signal; closing the engine needs its share of them.
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(4);

    // `run --once` that has done its work has nobody waiting with a kill.
    private static readonly TimeSpan EndPatience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TidyInterval = TimeSpan.FromMinutes(1);

    private readonly ILogger _logger = loggers.CreateLogger("ContentMonster");

    public static string Version { get; } =
        typeof(Service).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    public async Task<int> RunAsync(Settings settings, StatePlace place, bool once, CancellationToken stop)
    {
        try
        {
            place.MakeFolder();
            var options = new EngineOptions(place.LedgerPath, place.KnownHostsPath, once);
            await using IEngine engine = await openEngine(settings, options, loggers, time, stop);
            await using ControlServer control = ControlServer.Start(place.SocketPath, engine, _logger, time);
            using SystemdNotify systemd = SystemdNotify.FromEnvironment(environment);
            DaemonLog.Started(_logger, Version, settings.Path, place.LedgerPath);
            foreach (string shortage in KernelLimits.Shortages(settings))
            {
                DaemonLog.LimitTooLow(_logger, shortage);
            }

            if (SshVessel.RemoveLitter() is > 0 and int left)
            {
                DaemonLog.LitterRemoved(_logger, left);
            }

            return await HostAsync(engine, systemd, once, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Done;
        }
        catch (Exception expected) when (expected is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            DaemonLog.Fatal(_logger, expected.Message);
            return ExitCode.Failed;
        }
        catch (OutOfMemoryException)
        {
            DaemonLog.OutOfMemory(_logger, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20);
            return ExitCode.Failed;
        }
        catch (Exception bug)
        {
            DaemonLog.Bug(_logger, bug);
            return ExitCode.Failed;
        }
    }

    private async Task<int> HostAsync(IEngine engine, SystemdNotify systemd, bool once, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task running = engine.RunAsync(ending.Token);
        systemd.Ready();
        Task heart = BeatAsync(engine, systemd, ending.Token);
        Task wanted = once ? engine.WaitAllDeliveredAsync(ending.Token) : Task.Delay(Timeout.InfiniteTimeSpan, time, ending.Token);

        // A heart that fails is a bug like a dead engine: better a restart than a daemon that systemd thinks is well.
        await Task.WhenAny(running, wanted, heart);
        systemd.Stopping();
        if (stop.IsCancellationRequested)
        {
            DaemonLog.Stopping(_logger);
        }

        // Before the watches end: a directory that is missing now is told as missing.
        BoardSnapshot board = engine.Snapshot();
        await ending.CancelAsync();
        bool inTime = await EndedAsync(Task.WhenAll(running, wanted, heart), once, stop);
        if (!once && !stop.IsCancellationRequested)
        {
            throw new InvalidOperationException("The engine ended by itself.");
        }

        int verdict = once ? await VerdictAsync(engine, board) : ExitCode.Done;
        DaemonLog.Stopped(_logger);
        return inTime ? verdict : ExitCode.Failed;
    }

    private async Task<bool> EndedAsync(Task all, bool once, CancellationToken stop)
    {
        TimeSpan patience = StopPatience;
        if (once && !stop.IsCancellationRequested)
        {
            // Until all has ended, or a signal comes after all, or the patience is over: which, is seen below.
            await all.WaitAsync(EndPatience, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            patience = stop.IsCancellationRequested ? StopPatience : TimeSpan.Zero;
        }

        try
        {
            await all.WaitAsync(patience, time, CancellationToken.None);
        }
        catch (OperationCanceledException)
        {
            // That is what stopping looks like from within.
        }
        catch (TimeoutException)
        {
            if (!all.IsCompleted)
            {
                DaemonLog.StoppedLate(_logger, (patience > TimeSpan.Zero ? patience : EndPatience).TotalSeconds);
                return false;
            }

            throw;
        }

        return true;
    }

    private async Task<int> VerdictAsync(IEngine engine, BoardSnapshot board)
    {
        LedgerTotals totals = await engine.TotalsAsync(CancellationToken.None);
        long waiting = totals.Vessels.Sum(vessel => vessel.WaitingFiles);
        int missing = board.Directories.Count(directory => directory.State == "missing");
        long unsettled = board.Directories.Sum(directory => directory.SettlingFiles);
        Unarchived unarchived = await engine.UnarchivedAsync(1, CancellationToken.None);
        if (unarchived.First is [UnarchivedFile stays, ..])
        {
            DaemonLog.NotAllArchived(_logger, unarchived.Files, stays.Directory, stays.Path, stays.Reason);
        }

        if (waiting == 0 && unsettled == 0 && totals.RefusedFiles == 0 && missing == 0)
        {
            if (unarchived.Files > 0)
            {
                return ExitCode.NotEverythingDelivered;
            }

            DaemonLog.AllDelivered(_logger, totals.FilesArchived);
            return ExitCode.Done;
        }

        foreach (VesselSnapshot vessel in board.Vessels)
        {
            if (vessel.Active is [ActiveFile first, ..])
            {
                DaemonLog.UnderWayAtTheEnd(_logger, vessel.Name, vessel.Active.Count, first.Directory, first.File, first.Stage);
            }
        }

        DaemonLog.NotAllDelivered(_logger, waiting, unsettled, totals.RefusedFiles, missing);
        return ExitCode.NotEverythingDelivered;
    }

    /// <summary>Each beat looks at the board first: a daemon that cannot even do that is restarted by the watchdog.</summary>
    private async Task BeatAsync(IEngine engine, SystemdNotify systemd, CancellationToken stop)
    {
        TimeSpan interval = systemd.Heartbeat is TimeSpan heartbeat && heartbeat < StatusInterval ? heartbeat : StatusInterval;
        using var timer = new PeriodicTimer(interval, time);
        long tidied = time.GetTimestamp();
        do
        {
            if (time.GetElapsedTime(tidied) >= TidyInterval)
            {
                OwnProcess.ReturnFreeMemory();
                tidied = time.GetTimestamp();
            }

            BoardSnapshot board = engine.Snapshot();
            systemd.Status(Summary(board));
            systemd.Alive();
        }
        while (await timer.WaitForNextTickAsync(stop));
    }

    private static string Summary(BoardSnapshot board)
    {
        int ailing = board.Vessels.Count(vessel => vessel.State is VesselState.BackingOff or VesselState.Stopped);
        long bytes = (long)Math.Min(long.MaxValue, board.Vessels.Sum(static vessel => (decimal)vessel.WaitingBytes));
        string trouble = ailing == 0 ? "" : $", {ailing} of them in trouble";
        return $"{board.Vessels.Count} vessels{trouble}; {Amount.OfBytes(bytes)} to go at {Amount.OfBytes((long)board.Vessels.Sum(vessel => vessel.BytesPerSecond))}/s";
    }
}
