using ContentMonster.Model;

namespace ContentMonster.Delivering;

/// <summary>How many failures alike of one vessel's files are told singly: thousands of lines tell nobody more than some. The ledger has them all.</summary>
internal sealed class FailureNews
{
    public const int MostInAMinute = 20;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly Lock _gate = new();
    private readonly Dictionary<FailureKind, (long Since, int Count)> _told = []; // guarded by _gate

    /// <summary>Whether one more may be told; null: it is the first that may not, in this minute.</summary>
    public bool? MayTell(FailureKind kind, TimeProvider time)
    {
        lock (_gate)
        {
            if (!_told.TryGetValue(kind, out (long Since, int Count) told) || time.GetElapsedTime(told.Since) >= Minute)
            {
                told = (time.GetTimestamp(), 0);
            }

            _told[kind] = (told.Since, told.Count + 1);
            return told.Count < MostInAMinute ? true : told.Count == MostInAMinute ? null : false;
        }
    }
}
