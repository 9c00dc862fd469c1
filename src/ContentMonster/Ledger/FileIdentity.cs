namespace ContentMonster.Ledger;

/// <summary>Which file stands under a name; while it is open no other file has the same (stat(2)).</summary>
/// <param name="Exists">False: none, and the rest is 0.</param>
internal readonly record struct FileIdentity(bool Exists, uint DeviceMajor, uint DeviceMinor, ulong Inode);
