using System.Globalization;
using System.Security.Cryptography;
using ContentMonster.Ledger;
using ContentMonster.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Simulation;

/// <summary>The simulation's own process: one line a world on standard output, "SEED TRACE EVENTS VERDICT"; with "tell", all that happened before it.</summary>
internal static class SimulationProgram
{
    /// <summary>What the test program is started with to be this instead.</summary>
    public const string Word = "simulate";

    /// <param name="args">Kind of world, first seed, number of seeds, perhaps "tell".</param>
    public static int Run(string[] args)
    {
        int first = int.Parse(args[1], CultureInfo.InvariantCulture);
        int count = int.Parse(args[2], CultureInfo.InvariantCulture);
        string memory = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        string folder = Directory.CreateDirectory(Path.Combine(memory, $"contentmonster-simulation-{Environment.ProcessId}")).FullName;
        try
        {
            for (int seed = first; seed < first + count; seed++)
            {
                Console.WriteLine(RunOne(Enum.Parse<WorldKind>(args[0]), seed, folder, tell: args.Length > 3));
            }

            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string RunOne(WorldKind kind, int seed, string folder, bool tell)
    {
        var clock = new SimulatedClock();
        string shore = Directory.CreateDirectory(Path.Combine(folder, $"{seed}")).FullName;
        ILedger ledger = kind == WorldKind.Sqlite ? OpenSqlite(Path.Combine(folder, $"{seed}.db"), clock) : new SimulatedLedger(clock);
        using var world = new SimulatedWorld(seed, shore, clock, ledger, tell);
        new SimulationThread(clock, kind switch
        {
            WorldKind.Down => () => world.RunHourAsync(FailureKind.Unreachable),
            WorldKind.WrongPassword => () => world.RunHourAsync(FailureKind.LoginRefused),
            _ => world.RunAsync,
        }).Run();
        ledger.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Directory.Delete(shore, recursive: true);
        return $"{world.Told}{seed} {world.Trace} {world.Failure ?? "ok"}";
    }

    private static SqliteLedger OpenSqlite(string path, TimeProvider clock) =>
        SqliteLedger.OpenAsync(path, clock, RandomNumberGenerator.Create(), NullLogger.Instance, CancellationToken.None).GetAwaiter().GetResult();
}
