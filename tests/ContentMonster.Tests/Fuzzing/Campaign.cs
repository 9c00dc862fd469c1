using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace ContentMonster.Tests.Fuzzing;

/// <summary>
/// Many cases, each from a seed of its own. A failure names the seed; with it in <see cref="SeedVariable"/> that one case runs again.
/// The long run is the same test with another <see cref="CountVariable"/>.
/// </summary>
internal sealed class Campaign
{
    public const string CountVariable = "CONTENTMONSTER_FUZZ_COUNT";
    public const string SeedVariable = "CONTENTMONSTER_FUZZ_SEED";

    private Campaign(long count, int firstSeed) => (Count, FirstSeed) = (count, firstSeed);

    public long Count { get; }

    public int FirstSeed { get; }

    public static Campaign Of(long usualCount)
    {
        bool replay = int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int seed);
        bool told = long.TryParse(Environment.GetEnvironmentVariable(CountVariable), NumberStyles.None, CultureInfo.InvariantCulture, out long count);
        return new(told ? count : replay ? 1 : usualCount, replay ? seed : RandomNumberGenerator.GetInt32(int.MaxValue));
    }

    /// <summary>Runs a test of one case as often as is due, at the usual count in a second or a few.</summary>
    public static void Run(long usualCount, Action<Random> test)
    {
        Campaign campaign = Of(usualCount);
        long start = Stopwatch.GetTimestamp();
        for (long number = 0; number < campaign.Count; number++)
        {
            int seed = campaign.SeedOf(number);
            try
            {
                test(new Random(seed));
            }
            catch (Exception failure)
            {
                throw Named(seed, failure);
            }
        }

        TimeSpan took = Stopwatch.GetElapsedTime(start);
        Say($"{campaign.Count} cases from seed {campaign.FirstSeed} on in {took.TotalSeconds:0.0} s: {campaign.Count / took.TotalSeconds:0} a second");
    }

    public int SeedOf(long number) => unchecked(FirstSeed + (int)number);

    public static Exception Named(int seed, Exception failure) =>
        new Xunit.Sdk.XunitException(string.Create(CultureInfo.InvariantCulture, $"Seed {seed} fails (again with {SeedVariable}={seed}): {failure}"));

    public static void Say(FormattableString line) => TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(line));
}
