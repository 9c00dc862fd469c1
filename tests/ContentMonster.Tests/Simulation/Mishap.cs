namespace ContentMonster.Tests.Simulation;

/// <summary>What may become of one request to a simulated vessel.</summary>
internal enum Mishap
{
    None,

    /// <summary>The connection breaks before the request arrives.</summary>
    Lost,

    /// <summary>It is done, and the connection breaks before the reply arrives.</summary>
    ReplyLost,

    /// <summary>The connection breaks, and the request is done later, when others are at work already.</summary>
    DoneLate,

    /// <summary>Nothing comes back for so long that the lane is torn down; it was done.</summary>
    Stalled,
}
