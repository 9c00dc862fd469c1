using ContentMonster.Configuration;
using ContentMonster.Daemon.Commands;
using ContentMonster.Daemon.Demo;

namespace ContentMonster.Daemon.Hosting;

/// <summary>Where the command line meets the rooms that do the work; tests hand in others.</summary>
internal sealed record Rooms
{
    public required Func<string, SettingsRead> ReadSettings { get; init; }
    public required EngineFactory OpenEngine { get; init; }

    /// <summary>Opens the ledger at a path read-only, or null where there is none.</summary>
    public required Func<string, CancellationToken, Task<ILedgerView?>> OpenLedger { get; init; }
    public required CheckRunner Check { get; init; }
    public required ImportRunner Import { get; init; }
    public required DemoVesselStarter StartDemoVessel { get; init; }

    /// <summary>The real ones.</summary>
    public static Rooms Real { get; } = new()
    {
        ReadSettings = static _ => throw NotConnected("read settings"),
        OpenEngine = static (_, _, _, _, _) => throw NotConnected("deliver"),
        OpenLedger = static (_, _) => throw NotConnected("read the ledger"),
        Check = static (_, _, _, _) => throw NotConnected("check vessels"),
        Import = static (_, _, _, _) => throw NotConnected("import"),
        StartDemoVessel = static (_, _, _) => throw NotConnected("start a vessel"),
    };

    private static NotSupportedException NotConnected(string what) => new($"Could not {what}, because this build has no such room yet.");
}

/// <summary>What reading a settings file gave; errors and warnings are lines for the operator.</summary>
internal sealed record SettingsRead(Settings? Settings, IReadOnlyList<string> Errors, IReadOnlyList<string> Warnings);

/// <summary>Imports a database of the Python program into the ledger; returns what to tell the operator.</summary>
internal delegate Task<string> ImportRunner(Settings settings, StatePlace place, string file, CancellationToken cancellationToken);
