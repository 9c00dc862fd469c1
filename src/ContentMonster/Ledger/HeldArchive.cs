namespace ContentMonster.Ledger;

/// <summary>An archive that is ours.</summary>
/// <param name="SinceUnixNanoseconds">What was not changed after this is not the daemon's: it was there before.</param>
/// <param name="LookedAt">The clock at the last look through it.</param>
/// <param name="DoubtedAt">Since when that clock is not believed.</param>
internal sealed record HeldArchive(long SinceUnixNanoseconds, DateTimeOffset? LookedAt, DateTimeOffset? DoubtedAt);
