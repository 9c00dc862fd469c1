using System.CommandLine;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Hosting;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Daemon.Commands;

/// <summary>`run`: the daemon.</summary>
internal sealed class RunCommand(CommandContext context, GlobalOptions options)
{
    public Command Define()
    {
        var once = new Option<bool>("--once") { Description = "Deliver what is there, then exit: 0 all delivered, 3 not all (for cron)." };
        var command = new Command("run", "Watch the directories and deliver until stopped (the default command).") { once };
        command.SetAction((parsed, stop) => RunAsync(parsed, parsed.GetValue(once), stop));
        return command;
    }

    public async Task<int> RunAsync(ParseResult parsed, bool once, CancellationToken stop)
    {
        HeadStart.Begin();
        if (context.Load(parsed.GetValue(options.Config), SecretReading.Needed) is not { Settings: { } settings } read)
        {
            return ExitCode.Misused;
        }

        bool forJournal = Logs.GoToJournal(context.Environment, !Console.IsErrorRedirected);
        LogLevel level = parsed.GetValue(options.Verbose) ? LogLevel.Debug : LogLevel.Information;

        // Disposed last: it writes out what is queued.
        using ILoggerFactory loggers = Logs.ToStandardError(level, forJournal, context.Time);
        ILogger logger = loggers.CreateLogger("ContentMonster");
        foreach (string warning in read.Warnings)
        {
            DaemonLog.SettingsWarning(logger, warning);
        }

        var service = new Service(context.Rooms.OpenEngine, loggers, context.Time, context.Environment);
        return await service.RunAsync(settings, context.PlaceOf(settings), once, stop);
    }
}
