namespace ContentMonster.Model;

/// <summary>
/// What tells one version of a file on the shore from another (stat(2)). Two equal stamps are the same content: the change time moves even
/// when somebody puts the modification time back.
/// </summary>
/// <param name="Device">st_dev.</param>
/// <param name="Inode">st_ino.</param>
/// <param name="SizeInBytes">st_size.</param>
/// <param name="ModifiedUnixNanoseconds">st_mtim, nanoseconds since 1970 UTC.</param>
/// <param name="ChangedUnixNanoseconds">st_ctim, nanoseconds since 1970 UTC.</param>
/// <param name="Mode">Permission bits, st_mode &amp; 0777.</param>
public readonly record struct FileStamp(
    long Device, long Inode, long SizeInBytes, long ModifiedUnixNanoseconds, long ChangedUnixNanoseconds, int Mode)
{
    /// <summary>Whether it is of the same content: the device's number may be another after a reboot or a mount (btrfs, LVM, NFS, a disk in another slot).</summary>
    public bool IsAs(FileStamp other) => this with { Device = other.Device } == other;
}
