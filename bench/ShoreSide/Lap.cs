using System.Diagnostics;

namespace ContentMonster.Bench;

/// <summary>Wall and processor time of this process since the last lap.</summary>
internal sealed class Lap
{
    private readonly Dictionary<string, (TimeSpan Wall, TimeSpan User, TimeSpan System)> _sums = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private (long Wall, TimeSpan User, TimeSpan System) _last = Now();

    public void Begin() => _last = Now();

    /// <summary>Adds what went by since the last lap to a part.</summary>
    public void End(string part)
    {
        (long wall, TimeSpan user, TimeSpan system) = Now();
        if (!_sums.TryGetValue(part, out var sum))
        {
            _order.Add(part);
        }

        _sums[part] = (sum.Wall + Stopwatch.GetElapsedTime(_last.Wall, wall), sum.User + user - _last.User, sum.System + system - _last.System);
        _last = Now();
    }

    public IEnumerable<string> Rows()
    {
        foreach (string part in _order.Append("all"))
        {
            (TimeSpan Wall, TimeSpan User, TimeSpan System) sum = part == "all"
                ? _sums.Values.Aggregate((all, one) => (all.Item1 + one.Item1, all.Item2 + one.Item2, all.Item3 + one.Item3))
                : _sums[part];
            yield return $"| {part} | {sum.Wall.TotalMilliseconds:F0} | {sum.User.TotalMilliseconds:F0} | {sum.System.TotalMilliseconds:F0} | {(sum.User + sum.System).TotalMilliseconds:F0} |";
        }
    }

    private static (long Wall, TimeSpan User, TimeSpan System) Now()
    {
        using var self = Process.GetCurrentProcess();
        return (Stopwatch.GetTimestamp(), self.UserProcessorTime, self.PrivilegedProcessorTime);
    }
}
