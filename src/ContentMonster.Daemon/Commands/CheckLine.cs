using ContentMonster.Configuration;
using ContentMonster.Daemon.Hosting;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Daemon.Commands;

internal enum CheckVerdict { Ok, Warning, Failed }

/// <summary>One finding of `check`.</summary>
/// <param name="Vessel">Empty: about the shore.</param>
/// <param name="What">"host key", "free space", ...</param>
/// <param name="Text">What was found and, where it is not well, what to do.</param>
internal sealed record CheckLine(string Vessel, string What, CheckVerdict Verdict, string Text);

/// <summary>Looks at the shore and then at each vessel; a finding is told as soon as it is made.</summary>
internal delegate IAsyncEnumerable<CheckLine> CheckRunner(Settings settings, StatePlace place, ILoggerFactory loggers, CancellationToken cancellationToken);
