using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace ContentMonster.Daemon.Hosting;

/// <summary>The log on standard error.</summary>
internal static class Logs
{
    // Put together by hand: by LoggerFactory.Create it takes a container of services, which takes longer to load than all else of the log.
    public static ILoggerFactory ToStandardError(LogLevel level, bool forJournal, TimeProvider time)
    {
        var formatter = new LineFormatter(forJournal, time);
        var console = new ConsoleLoggerOptions
        {
            FormatterName = formatter.Name,
            LogToStandardErrorThreshold = LogLevel.Trace,

            // A terminal that was stopped with Ctrl-S must not stop the deliveries.
            QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite,
        };
        var loggers = new LoggerFactory([], new LoggerFilterOptions { MinLevel = level });

        // One that is added is disposed with the factory.
        loggers.AddProvider(new ConsoleLoggerProvider(new Unchanging(console), [formatter]));
        return loggers;
    }

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

    private sealed class Unchanging(ConsoleLoggerOptions options) : IOptionsMonitor<ConsoleLoggerOptions>
    {
        public ConsoleLoggerOptions CurrentValue => options;

        public ConsoleLoggerOptions Get(string? name) => options;

        public IDisposable? OnChange(Action<ConsoleLoggerOptions, string?> listener) => null;
    }
}
