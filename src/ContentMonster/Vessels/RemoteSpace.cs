namespace ContentMonster.Vessels;

/// <summary>Room at one place of a vessel.</summary>
/// <param name="FreeBytes">That may still be written there.</param>
/// <param name="Disk">The same for all places of one file system: its number and its size in bytes.</param>
internal readonly record struct RemoteSpace(long FreeBytes, (ulong Number, long TotalBytes) Disk);
