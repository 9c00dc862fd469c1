namespace ContentMonster.Tests.Simulation;

internal enum WorldKind
{
    /// <summary>Everything goes wrong for a while; the ledger is in memory.</summary>
    Mishaps,

    /// <summary>The same over the ledger in SQLite.</summary>
    Sqlite,

    /// <summary>One vessel cannot be reached for an hour.</summary>
    Down,

    /// <summary>One vessel refuses the login for an hour.</summary>
    WrongPassword,
}
