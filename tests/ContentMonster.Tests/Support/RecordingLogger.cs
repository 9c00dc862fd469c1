using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Tests.Support;

internal sealed class RecordingLogger : ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public ConcurrentQueue<(LogLevel Level, string Line)> Entries { get; } = new();

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string line = formatter(state, exception);
        Entries.Enqueue((logLevel, line));
        Lines.Enqueue(line);
    }
}
