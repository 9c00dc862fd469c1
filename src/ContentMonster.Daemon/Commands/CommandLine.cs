using System.CommandLine;
using ContentMonster.Daemon.Hosting;

namespace ContentMonster.Daemon.Commands;

/// <summary>The command line: from arguments to an exit code.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] arguments, CommandContext context, CancellationToken stop)
    {
        try
        {
            ParseResult parsed = Build(context).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Errors.Count > 0)
            {
                return Misused(parsed, context.Screen);
            }

            var configuration = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null, // Signals are ours: StopSignals.
                Output = context.Screen.Output,
            };
            return await parsed.InvokeAsync(configuration, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Failed;
        }
        catch (NobodyReadsException)
        {
            return ExitCode.NobodyReads;
        }
        catch (Exception expected) when (expected is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            context.Screen.Error(expected.Message);
            return ExitCode.Failed;
        }
        catch (Exception bug)
        {
            context.Screen.Error($"Could not finish, because of a mistake of ours; please report it: {OneLine.Of(bug)}");
            return ExitCode.Failed;
        }
    }

    private static int Misused(ParseResult parsed, Screen screen)
    {
        foreach (string error in parsed.Errors.Select(error => error.Message).Distinct(StringComparer.Ordinal))
        {
            screen.Error(error);
        }

        string command = parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ";
        screen.Error($"Nothing was done. `contentmonster {command}--help` shows how it is used.");
        return ExitCode.Misused;
    }

    public static RootCommand Build(CommandContext context)
    {
        var options = new GlobalOptions();
        var run = new RunCommand(context, options);
        var root = new RootCommand("Pushes every new file of its directories to all vessels, over SFTP and through bad networks. Without a command: run.")
        {
            options.Config,
            options.Verbose,
            run.Define(),
            new CheckCommand(context, options).Define(),
            new StatusCommand(context, options).Define(),
            new ExplainCommand(context, options).Define(),
            new RetryCommand(context, options).Define(),
            new HistoryCommand(context, options).Define(),
            new ImportCommand(context, options).Define(),
            new DemoCommand(context, options).Define(),
        };
        root.SetAction((parsed, stop) => run.RunAsync(parsed, once: false, stop));
        return root;
    }
}
