using System.CommandLine;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Hosting;

namespace ContentMonster.Daemon.Commands;

/// <summary>`retry`: no more waiting after failures.</summary>
internal sealed class RetryCommand(CommandContext context, GlobalOptions options)
{
    public Command Define()
    {
        var vessel = new Argument<string?>("VESSEL") { Description = "A vessel of the settings; without it all are tried, and what could not be archived.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("retry", "Try again at once what waits after a failure: on one vessel, or without a name on all.") { vessel };
        command.SetAction((parsed, stop) => RunAsync(parsed.GetValue(options.Config), parsed.GetValue(vessel), stop));
        return command;
    }

    private async Task<int> RunAsync(string? config, string? vessel, CancellationToken stop)
    {
        if (context.Load(config) is not { Settings: { } settings })
        {
            return ExitCode.Misused;
        }

        if (vessel is not null && settings.Vessels.All(known => known.Name != vessel))
        {
            context.Screen.Error($"Could not retry {vessel}, because the settings have no such vessel. They have: {string.Join(", ", settings.Vessels.Select(known => known.Name))}.");
            return ExitCode.Misused;
        }

        ControlReply? reply = await ControlClient.AskAsync(context.PlaceOf(settings).SocketPath, new("retry", Vessel: vessel), context.Time, stop);
        if (reply is null or { Error: not null })
        {
            context.Screen.Error(reply?.Error ?? "Could not retry, because no daemon runs. `contentmonster run` tries everything at its start, but with --once no vessel that refused the login, or showed another host key, within 15 min.");
            return ExitCode.Failed;
        }

        context.Screen.Line(vessel is null ? "All vessels are tried again now, and so is what could not be archived." : $"{vessel} is tried again now.");
        return ExitCode.Done;
    }
}
