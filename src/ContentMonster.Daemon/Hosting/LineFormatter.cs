using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace ContentMonster.Daemon.Hosting;

/// <summary>One line an entry: time, level, message; for the journal (which has the time) the priority prefix of sd-daemon(3) instead.</summary>
internal sealed class LineFormatter(bool forJournal, TimeProvider time) : ConsoleFormatter("line")
{
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        textWriter.Write(forJournal ? $"<{PriorityOf(logEntry.LogLevel)}>" : $"{time.GetLocalNow().ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture)} {WordOf(logEntry.LogLevel)} ");
        textWriter.Write(OneLine.Of(logEntry.Formatter(logEntry.State, logEntry.Exception)));
        if (logEntry.Exception is not null)
        {
            textWriter.Write(" | ");
            textWriter.Write(OneLine.Of(logEntry.Exception));
        }

        textWriter.Write('\n');
    }

    private static int PriorityOf(LogLevel level) => level switch
    {
        LogLevel.Critical => 2,
        LogLevel.Error => 3,
        LogLevel.Warning => 4,
        LogLevel.Information => 6,
        _ => 7,
    };

    private static string WordOf(LogLevel level) => level switch
    {
        LogLevel.Critical => "FATAL",
        LogLevel.Error => "ERROR",
        LogLevel.Warning => "warn ",
        LogLevel.Information => "info ",
        _ => "debug",
    };
}
