using System.CommandLine;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Daemon.Hosting;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Daemon.Commands;

/// <summary>`demo`: two private vessels, a few files, everything shown and cleaned up.</summary>
internal sealed class DemoCommand(CommandContext context, GlobalOptions options)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(55);

    // Different rates show that one vessel does not wait for the other.
    private static readonly (string Name, string Rate)[] Vessels = [("aurora", "5M"), ("borealis", "3M")];

    private readonly Screen _screen = context.Screen;

    public Command Define()
    {
        var command = new Command("demo", "Show it at work: two private SSH servers on this machine, six files, all cleaned up within a minute.");
        command.SetAction((parsed, stop) => RunAsync(parsed.GetValue(options.Verbose), stop));
        return command;
    }

    private async Task<int> RunAsync(bool verbose, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(Patience, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        using var stage = new DemoStage();
        var started = new List<IDemoVessel>();
        try
        {
            await stage.MakeFilesAsync(either.Token);
            _screen.Line($"{DemoStage.FileCount} files, {Amount.OfBytes(DemoStage.TotalBytes)}, lie in {stage.Location}.");
            foreach ((string name, string rate) in Vessels)
            {
                started.Add(await context.Rooms.StartDemoVessel(name, stage.HomeOf(name), either.Token));
                _screen.Line($"Vessel {name} listens on 127.0.0.1:{started[^1].Port}; its line is held to {rate} a second.");
            }

            await stage.WriteSettingsAsync([.. Vessels.Zip(started, (vessel, server) => (vessel.Name, vessel.Rate, server))], either.Token);
            if (context.Load(stage.SettingsPath, SecretReading.Needed) is not { Settings: { } settings })
            {
                return ExitCode.Failed;
            }

            await DeliverAsync(settings, verbose, either.Token);
            bool whole = await new DemoOutcome(_screen, stage).ShowAsync([.. Vessels.Select(vessel => vessel.Name)], either.Token);
            _screen.Line();
            _screen.Line(whole ? "All files are on both vessels, bit for bit, and archived on the shore." : "Not everything arrived.", whole ? "green bold" : "red bold");
            return whole ? ExitCode.Done : ExitCode.Failed;
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            _screen.Error(stop.IsCancellationRequested ? "Stopped; everything is cleaned up." : $"Could not finish the demonstration, because it took more than {Patience.TotalSeconds:0} s.");
            return ExitCode.Failed;
        }
        finally
        {
            foreach (IDemoVessel vessel in started)
            {
                await vessel.DisposeAsync();
            }
        }
    }

    private async Task DeliverAsync(Settings settings, bool verbose, CancellationToken cancellationToken)
    {
        using ILoggerFactory loggers = Logs.ToStandardError(verbose ? LogLevel.Debug : LogLevel.None, forJournal: false, context.Time);

        // A demonstration keeps nothing: its state lies beside its settings, whatever systemd says.
        StatePlace place = StatePlace.Of(settings, static _ => null);
        var engineOptions = new EngineOptions(place.LedgerPath, place.KnownHostsPath, Once: true);
        await using IEngine engine = await context.Rooms.OpenEngine(settings, engineOptions, loggers, context.Time, cancellationToken);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task running = engine.RunAsync(ending.Token);
        Task following = FollowAsync();
        await Task.WhenAny(running, following);
        await ending.CancelAsync();
        try
        {
            await Task.WhenAll(running, following);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // We ended it.
        }

        await TellTroubleAsync(engine, cancellationToken);

        async Task FollowAsync()
        {
            Task all = engine.WaitAllDeliveredAsync(ending.Token);
            await new DemoProgress(_screen, context.Time, DemoStage.TotalBytes).FollowAsync(engine, [.. Vessels.Select(vessel => vessel.Name)], all, ending.Token);
            await all;
        }
    }

    private async Task TellTroubleAsync(IEngine engine, CancellationToken cancellationToken)
    {
        StatusReport report = await StatusReport.FromAsync(engine, count: 20, cancellationToken);
        if (report.LiveFiles > 0 || report.RefusedFiles > 0)
        {
            new StatusText(_screen, context.Time, filesShown: 20).Show(report);
        }
    }
}
