using System.CommandLine;
using System.Text.Json;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Hosting;

namespace ContentMonster.Daemon.Commands;

/// <summary>`status`: how the vessels are, what is missing where.</summary>
internal sealed class StatusCommand(CommandContext context, GlobalOptions options)
{
    private const int FilesShown = 20;
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    public Command Define()
    {
        var json = new Option<bool>("--json") { Description = "All of it as JSON; one line each time with --watch." };
        var watch = new Option<bool>("--watch", "-w") { Description = "Show it again every second until Ctrl-C." };
        var command = new Command("status", "Show each vessel's state, queue, rate and last error, and what is missing where.") { json, watch };
        command.SetAction((parsed, stop) => RunAsync(parsed.GetValue(options.Config), parsed.GetValue(json), parsed.GetValue(watch), stop));
        return command;
    }

    private async Task<int> RunAsync(string? config, bool json, bool watch, CancellationToken stop)
    {
        if (context.Load(config) is not { Settings: { } settings })
        {
            return ExitCode.Misused;
        }

        using var timer = new PeriodicTimer(WatchInterval, context.Time);
        try
        {
            do
            {
                if (!await ShowAsync(settings, json, watch, stop) && !watch)
                {
                    return ExitCode.Failed;
                }
            }
            while (watch && await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (watch)
        {
            // Ctrl-C is how watching ends.
        }

        return ExitCode.Done;
    }

    private async Task<bool> ShowAsync(Settings settings, bool json, bool watch, CancellationToken stop)
    {
        StatusReport? report = await StatusSource.ReadAsync(context, settings, json ? ControlServer.MostFilesListed : FilesShown, stop);
        if (report is null)
        {
            context.Screen.Error(StatusSource.NothingThere(context.PlaceOf(settings)));
            return false;
        }

        if (json)
        {
            context.Screen.Output.WriteLine(JsonSerializer.Serialize(report, (watch ? ControlJson.Default : ReadableJson.Context).StatusReport));
            return true;
        }

        if (watch && context.Screen.IsTerminal)
        {
            context.Screen.Console.Clear(home: true);
        }

        new StatusText(context.Screen, context.Time, FilesShown).Show(report);
        return true;
    }
}
