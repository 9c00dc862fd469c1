using System.Globalization;

namespace ContentMonster.Tests.Simulation;

/// <summary>
/// Seeds of simulated worlds, each run twice, in two processes. CONTENTMONSTER_WORLDS says how many, CONTENTMONSTER_WORLD_SEED where to begin: a seed
/// that failed is told again with CONTENTMONSTER_WORLDS=1.
/// </summary>
public sealed class SimulatedWorldTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_goes_wrong_all_is_whole_at_any_instant_and_everywhere_in_the_end() =>
        await RunTwiceAsync(WorldKind.Mishaps, First(1), Number("CONTENTMONSTER_WORLDS", 5_000));

    [Fact]
    public async Task And_so_it_is_with_the_ledger_in_SQLite() =>
        await RunTwiceAsync(WorldKind.Sqlite, First(1_000_000), Math.Max(1, Number("CONTENTMONSTER_WORLDS", 5_000) / 50));

    [Fact]
    public async Task A_vessel_that_is_down_for_an_hour_is_tried_at_most_60_times() => await RunTwiceAsync(WorldKind.Down, First(1), 20);

    [Fact]
    public async Task A_wrong_password_is_at_most_4_logins_an_hour() => await RunTwiceAsync(WorldKind.WrongPassword, First(1), 20);

    private static async Task RunTwiceAsync(WorldKind kind, long first, long count)
    {
        using var one = new SimulationProcess(kind, first, count);
        using var other = new SimulationProcess(kind, first, count);
        for (long seed = first; seed < first + count; seed++)
        {
            Task<string?> reading = one.NextAsync(Token);
            string? again = await other.NextAsync(Token);
            string? line = await reading;
            if (line is null || !line.EndsWith(" ok", StringComparison.Ordinal) || line != again)
            {
                Assert.Fail($"World {seed} of kind {kind}: {line ?? "nothing"}\nThe same again: {again ?? "nothing"}\n{SimulationProcess.Tell(kind, seed)}");
            }
        }
    }

    private static long First(long usual) => Number("CONTENTMONSTER_WORLD_SEED", usual);

    private static long Number(string variable, long usual) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : usual;
}
