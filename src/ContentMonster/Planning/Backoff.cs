using ContentMonster.Model;

namespace ContentMonster.Planning;

/// <summary>The one rule by which a vessel is tried again: a pure function of what went wrong and for how long.</summary>
internal static class Backoff
{
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan LongestForPeople = TimeSpan.FromHours(4);

    // More reach every longest wait; many more would be too long for a TimeSpan.
    private const int MostDoublings = 16;

    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan QuickPhase = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstForPeople = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan FirstStep = TimeSpan.FromSeconds(5);

    // To find that a command hangs holds up all others of the vessel for a minute.
    private static readonly TimeSpan FirstStepOfHanging = TimeSpan.FromMinutes(2);

    /// <summary>How long to wait before the next attempt.</summary>
    /// <param name="kind">Why the last attempt ended.</param>
    /// <param name="failures">Attempts in a row that ended without a byte of progress, those that need people counted by themselves; 0: the break came in mid-transfer.</param>
    /// <param name="failingFor">Time since the first of them.</param>
    /// <param name="chance">0 inclusive to 1 exclusive; spreads the wait over 75 to 125 %.</param>
    public static TimeSpan Next(FailureKind kind, int failures, TimeSpan failingFor, double chance)
    {
        double jitter = 0.75 + (chance / 2);
        if (NeedsPeople(kind))
        {
            return Doubled(FirstForPeople, failures - 1, LongestForPeople) * jitter;
        }

        if (failures <= 0)
        {
            return TimeSpan.Zero;
        }

        if (failingFor < QuickPhase)
        {
            return Doubled(TimeSpan.FromSeconds(1), failures - 1, Quick) * jitter;
        }

        // Past the quick phase the wait grows with the outage itself: about as long again, from 16 s up to Longest.
        int doublings = (int)Math.Log2(failingFor / QuickPhase) + 1;
        return Doubled(Quick, doublings, Longest) * jitter;
    }

    /// <summary>How long one failing file steps back; the vessel's other files go on.</summary>
    public static TimeSpan StepBack(FailureKind kind, int failures, double chance) =>
        Doubled(kind == FailureKind.CommandHangs ? FirstStepOfHanging : FirstStep, failures - 1, Longest) * (0.75 + (chance / 2));

    /// <summary>Whether trying again soon is useless, or harmful (lock-outs), until somebody changed something.</summary>
    public static bool NeedsPeople(FailureKind kind) => kind is FailureKind.LoginRefused or FailureKind.HostKeyChanged;

    private static TimeSpan Doubled(TimeSpan first, int times, TimeSpan longest)
    {
        double factor = Math.Pow(2, Math.Clamp(times, 0, MostDoublings));
        return first * factor < longest ? first * factor : longest;
    }
}
