using System.Security.Cryptography;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Commands;
using ContentMonster.Daemon.Demo;
using ContentMonster.Ledger;
using ContentMonster.Shore;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Daemon.Hosting;

/// <summary>Where the command line meets the rooms that do the work; tests hand in others.</summary>
internal sealed record Rooms
{
    public required Func<string, SecretReading, SettingsRead> ReadSettings { get; init; }
    public required EngineFactory OpenEngine { get; init; }

    /// <summary>Opens the ledger at a path read-only, or null where there is none.</summary>
    public required Func<string, CancellationToken, Task<ILedgerView?>> OpenLedger { get; init; }
    public required CheckRunner Check { get; init; }
    public required ImportRunner Import { get; init; }
    public required DemoVesselStarter StartDemoVessel { get; init; }

    /// <summary>The real ones.</summary>
    public static Rooms Real { get; } = new()
    {
        ReadSettings = static (path, secrets) =>
        {
            SettingsResult result = SettingsReader.Read(path, ReadingPlace.Of(path) with { Secrets = secrets, IsOfOwnGroup = ShoreAccess.IsOfOwnGroup });
            return new(result.Settings, [.. result.Errors.Select(problem => problem.ToString())], [.. result.Warnings.Select(problem => problem.ToString())]);
        },
        OpenEngine = Engine.OpenAsync,
        OpenLedger = static (path, _) => Task.FromResult<ILedgerView?>(new LedgerView(LedgerReader.Open(path))),
        Check = static (settings, place, _, stop) => Checkup.RunAsync(settings, place, TimeProvider.System, stop),
        Import = ImportAsync,
        StartDemoVessel = static (_, home, stop) => SshdVessel.StartAsync(home, stop),
    };

    private static async Task<string> ImportAsync(Settings settings, StatePlace place, string file, CancellationToken cancellationToken)
    {
        place.MakeFolder();
        using ILoggerFactory none = LoggerFactory.Create(static _ => { });
        ILogger logger = none.CreateLogger("ContentMonster");
        SqliteLedger ledger = await SqliteLedger.OpenAsync(place.LedgerPath, TimeProvider.System, RandomNumberGenerator.Create(), logger, cancellationToken);
        string told;
        try
        {
            told = await Predecessor.ImportFileAsync(file, ledger, logger, cancellationToken);
        }
        catch (Exception failure)
        {
            await ledger.CloseAsync(failure);
            throw;
        }

        await ledger.CloseAsync(failure: null);
        return told;
    }
}

/// <summary>What reading a settings file gave; errors and warnings are lines for the operator.</summary>
internal sealed record SettingsRead(Settings? Settings, IReadOnlyList<string> Errors, IReadOnlyList<string> Warnings);

/// <summary>Imports a database of the Python program into the ledger; returns what to tell the operator.</summary>
internal delegate Task<string> ImportRunner(Settings settings, StatePlace place, string file, CancellationToken cancellationToken);
