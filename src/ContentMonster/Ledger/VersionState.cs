namespace ContentMonster.Ledger;

/// <summary>Where a version stands on the shore. Values are stored, and written into the SQL of this room: never renumber.</summary>
internal enum VersionState
{
    Live = 0,
    Archiving = 1,

    /// <summary>Complete, and still in its place (OnComplete = keep).</summary>
    Kept = 2,
    Moved = 3,
    Deleted = 4,
    Superseded = 5,
    Gone = 6,
}
