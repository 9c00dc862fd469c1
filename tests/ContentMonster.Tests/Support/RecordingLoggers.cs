using Microsoft.Extensions.Logging;

namespace ContentMonster.Tests.Support;

/// <summary>Every category writes into one list.</summary>
internal sealed class RecordingLoggers : ILoggerFactory
{
    private readonly RecordingLogger _logger = new();

    public IReadOnlyCollection<string> Lines => _logger.Lines;

    public ILogger CreateLogger(string categoryName) => _logger;

    public void AddProvider(ILoggerProvider provider)
    {
        // Nothing else listens.
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
