using ContentMonster.Model;
using ContentMonster.Watching;

namespace ContentMonster.Tests.Watching;

/// <summary>Stands for a disk that does not answer until it is let go: the first directory is not covered before.</summary>
internal sealed class HungHints(SemaphoreSlim hung) : IHintSource
{
    private bool _went;

    public string? Shortfall => null;

    public void Take(List<Hint> into, int most)
    {
        // There is none.
    }

    public void Cover(BytePath directory)
    {
        if (!_went)
        {
            hung.Wait(TimeSpan.FromMinutes(1), CancellationToken.None);
            _went = true;
        }
    }

    public void Uncover(BytePath directory)
    {
        // Nothing is covered.
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
