using ContentMonster.Model;

namespace ContentMonster.Watching;

/// <summary>Network file systems tell nothing of what others do there: scans are the only source.</summary>
internal sealed class NoHints(string? shortfall) : IHintSource
{
    public string? Shortfall => shortfall;

    public void Take(List<Hint> into, int most)
    {
        // There never is one.
    }

    public void Cover(BytePath directory)
    {
        // Scanned instead.
    }

    public void Uncover(BytePath directory)
    {
        // Scanned instead.
    }

    public void BeginRound()
    {
        // Nothing is kept.
    }

    public void EndRound()
    {
        // Nothing is kept.
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
