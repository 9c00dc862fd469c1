using ContentMonster.Configuration;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Daemon.Hosting;

/// <summary>What delivers: the daemon hosts it, the commands ask it.</summary>
internal interface IEngine : IAsyncDisposable
{
    /// <summary>Works until stopped; throws on what no retry can mend.</summary>
    Task RunAsync(CancellationToken stop);

    /// <summary>For `run --once`: completes when all that can be sent is sent, or given up.</summary>
    Task WaitAllDeliveredAsync(CancellationToken cancellationToken);

    BoardSnapshot Snapshot();

    Task<LedgerTotals> TotalsAsync(CancellationToken cancellationToken);

    Task<IReadOnlyList<MissingFile>> MissingAsync(int count, CancellationToken cancellationToken);

    Task<IReadOnlyList<RefusedFile>> RefusedAsync(int count, CancellationToken cancellationToken);

    Task<Unarchived> UnarchivedAsync(int count, CancellationToken cancellationToken);

    /// <summary>Ends backoff and step-back of a vessel at once (null: of all, and what could not be archived is tried).</summary>
    Task RetryAsync(string? vessel, CancellationToken cancellationToken);
}

/// <param name="LedgerPath">The SQLite file; its folder exists.</param>
/// <param name="KnownHostsPath">Where new host keys are pinned unless a vessel has KnownHosts.</param>
/// <param name="Once">Everything in place is looked at once; nothing is waited for but what was found.</param>
internal sealed record EngineOptions(string LedgerPath, string KnownHostsPath, bool Once);

/// <summary>Opens the ledger and takes its lock: what fails there fails before the daemon says that it is ready.</summary>
internal delegate Task<IEngine> EngineFactory(
    Settings settings, EngineOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken);
