using ContentMonster.Model;

namespace ContentMonster.Watching;

/// <summary>Where hints come from. Used by one task; a bell is rung when there is something to take.</summary>
internal interface IHintSource : IDisposable
{
    /// <summary>Null while all is covered; else why not all changes are noticed, and what to do: then only scans find them.</summary>
    string? Shortfall { get; }

    /// <summary>Takes up to so many hints, in order.</summary>
    void Take(List<Hint> into, int most);

    /// <summary>From now on, hints of what happens in this directory; called before it is listed, so that nothing falls between.</summary>
    void Cover(BytePath directory);

    /// <summary>A directory, and all below it, is no longer at this path.</summary>
    void Uncover(BytePath directory);

    /// <summary>A scan of everything begins, and ends: what it did not cover is there no more.</summary>
    void BeginRound();

    void EndRound();
}
