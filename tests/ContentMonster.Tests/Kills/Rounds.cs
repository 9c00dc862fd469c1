using System.Globalization;
using System.Security.Cryptography;

namespace ContentMonster.Tests.Kills;

/// <summary>How often, and with which chance: the short version unless the environment asks for more, and the seed that replays a run.</summary>
internal sealed class Rounds
{
    private const string SeedVariable = "CM_TEST_SEED";

    private Rounds(int count, int seed) => (Count, Seed, Random) = (count, seed, new Random(seed));

    public int Count { get; }

    public int Seed { get; }

    public Random Random { get; }

    /// <param name="variable">Where a long run says how many it wants.</param>
    /// <param name="usual">How many in ./test.sh.</param>
    public static Rounds Of(string variable, int usual)
    {
        var rounds = new Rounds(Number(variable) ?? usual, Number(SeedVariable) ?? RandomNumberGenerator.GetInt32(int.MaxValue));
        TestContext.Current.TestOutputHelper?.WriteLine($"{rounds.Count} rounds ({variable}), seed {rounds.Seed} ({SeedVariable}={rounds.Seed} replays it)");
        return rounds;
    }

    /// <summary>A long run is long.</summary>
    public static void TellSurvived(int count) => TestContext.Current.TestOutputHelper?.WriteLine($"{count} more survived, and all was as if nothing had happened");

    public override string ToString() => $"{SeedVariable}={Seed}";

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
