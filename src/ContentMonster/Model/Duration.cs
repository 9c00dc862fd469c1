using System.Globalization;

namespace ContentMonster.Model;

/// <summary>A length of time as people read it, for log lines: the two largest units, "3 d 4 h", "12 min 5 s", "8 s".</summary>
internal readonly record struct Duration(TimeSpan Span)
{
    public static implicit operator Duration(TimeSpan span) => new(span);

    public override string ToString()
    {
        if (Span < TimeSpan.Zero)
        {
            return "-" + new Duration(Span.Negate());
        }

        // Half a second more or less tells nobody anything; "59 s" for 59.9 s would.
        TimeSpan whole = Span < TimeSpan.FromSeconds(1) ? Span : TimeSpan.FromSeconds(Math.Round(Span.TotalSeconds));
        return whole switch
        {
            { TotalDays: >= 1 } => Two(whole.Days, "d", whole.Hours, "h"),
            { TotalHours: >= 1 } => Two(whole.Hours, "h", whole.Minutes, "min"),
            { TotalMinutes: >= 1 } => Two(whole.Minutes, "min", whole.Seconds, "s"),
            { TotalSeconds: >= 1 } => Two(whole.Seconds, "s", 0, ""),
            { TotalMilliseconds: >= 1 } => Two((int)whole.TotalMilliseconds, "ms", 0, ""),
            _ => "0 s",
        };
    }

    private static string Two(int large, string largeUnit, int small, string smallUnit) => small == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{large} {largeUnit}")
        : string.Create(CultureInfo.InvariantCulture, $"{large} {largeUnit} {small} {smallUnit}");
}
