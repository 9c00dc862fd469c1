namespace ContentMonster.Tests.Kills;

/// <summary>When, of one thing that the daemon asks of a vessel.</summary>
internal enum Moment
{
    /// <summary>It has left the daemon and does not reach the vessel.</summary>
    Before,

    /// <summary>It has reached the vessel, which may be at it.</summary>
    Half,

    /// <summary>The vessel has done it; what it says of it does not reach the daemon.</summary>
    Done,
}

/// <summary>At the Nth request of a kind something happens, once.</summary>
/// <param name="Asked">A request of SFTP by its name (an extension by its own), or "script", or a word that stands in a script.</param>
internal sealed record Trip(string Asked, Moment Moment, int Number, Func<Task> ActAsync)
{
    public override string ToString() => $"{Moment} {Asked}@{Number}";
}
