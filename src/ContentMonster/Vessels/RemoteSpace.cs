namespace ContentMonster.Vessels;

/// <summary>Room at one place of a vessel.</summary>
/// <param name="FreeBytes">That may still be written there.</param>
/// <param name="FileSystem">The number of its file system; 0: the server does not tell.</param>
/// <param name="TotalBytes">The size of that.</param>
internal readonly record struct RemoteSpace(long FreeBytes, ulong FileSystem, long TotalBytes)
{
    /// <summary>Without a number the size has to do, though that of a pool changes as it fills.</summary>
    public bool IsOnDiskOf(RemoteSpace other) => FileSystem == other.FileSystem && (FileSystem != 0 || TotalBytes == other.TotalBytes);
}
