using ContentMonster.Ledger;

namespace ContentMonster.Archiving;

/// <summary>
/// Whether the clock is believed when it says how old a file is. One that went forward by more than the retention since the last look (or a daemon that stood
/// still for as long) has to go on so for a while first: a clock that is far ahead for a moment deletes nothing.
/// </summary>
internal static class RetentionClock
{
    private static readonly TimeSpan LongestDoubt = TimeSpan.FromDays(1);

    // Looks of a short retention may be further apart than that is long.
    private static readonly TimeSpan SmallestLeap = TimeSpan.FromMinutes(10);

    /// <summary>How long nothing is deleted after a leap.</summary>
    public static TimeSpan Doubt(TimeSpan kept) => kept < LongestDoubt ? kept : LongestDoubt;

    /// <summary>Since when it is in doubt; null: it is believed.</summary>
    public static DateTimeOffset? DoubtedAt(HeldArchive held, TimeSpan kept, DateTimeOffset now)
    {
        if (held.LookedAt is not DateTimeOffset looked || now < looked)
        {
            return null;
        }

        if (now - looked > (kept > SmallestLeap ? kept : SmallestLeap))
        {
            return now;
        }

        return now - held.DoubtedAt < Doubt(kept) ? held.DoubtedAt : null;
    }
}
