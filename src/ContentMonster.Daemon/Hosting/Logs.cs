using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace ContentMonster.Daemon.Hosting;

/// <summary>The log on standard error.</summary>
internal static class Logs
{
    public static ILoggerFactory ToStandardError(LogLevel level, bool forJournal, TimeProvider time) => LoggerFactory.Create(builder =>
    {
        builder.SetMinimumLevel(level);
        builder.AddConsole(console =>
        {
            console.FormatterName = "line";
            console.LogToStandardErrorThreshold = LogLevel.Trace;

            // A terminal that was stopped with Ctrl-S must not stop the deliveries.
            console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
        });
        builder.Services.AddSingleton<ConsoleFormatter>(new LineFormatter(forJournal, time));
    });

    /// <summary>
    /// Whether standard error is the journal. The variables alone prove nothing: programs started from a desktop session inherit them.
    /// JOURNAL_STREAM names device and inode of the stream (systemd.exec(5)); it counts when standard error is that very stream.
    /// </summary>
    public static bool GoToJournal(Func<string, string?> environment, bool errorIsTerminal)
    {
        if (errorIsTerminal)
        {
            return false;
        }

        string target = TargetOfStandardError();
        if (environment("JOURNAL_STREAM") is { Length: > 0 } stream)
        {
            return target == $"socket:[{stream[(stream.IndexOf(':', StringComparison.Ordinal) + 1)..]}]";
        }

        // A regular file (StandardError=append:) has no journal behind it that would understand prefixes.
        return environment("INVOCATION_ID") is { Length: > 0 } && !target.StartsWith('/');
    }

    private static string TargetOfStandardError()
    {
        try
        {
            return new FileInfo("/proc/self/fd/2").LinkTarget ?? "";
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
