using System.Runtime.InteropServices;
using ContentMonster.Model;

namespace ContentMonster.Shore;

/// <summary>struct statx: the same bytes on every architecture (statx(2)).</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct StatxRecord
{
    [FieldOffset(16)] public uint LinkCount;
    [FieldOffset(20)] public uint OwnerId;
    [FieldOffset(24)] public uint GroupId;
    [FieldOffset(28)] public ushort Mode;
    [FieldOffset(32)] public ulong Inode;
    [FieldOffset(40)] public ulong SizeInBytes;
    [FieldOffset(96)] public long ChangedSeconds;
    [FieldOffset(104)] public uint ChangedNanoseconds;
    [FieldOffset(112)] public long ModifiedSeconds;
    [FieldOffset(120)] public uint ModifiedNanoseconds;
    [FieldOffset(136)] public uint DeviceMajor;
    [FieldOffset(140)] public uint DeviceMinor;
    [FieldOffset(144)] public ulong MountId;

    public readonly long Device => ((long)DeviceMajor << 32) | DeviceMinor;

    public readonly ShoreEntryKind Kind => (Mode & 0xF000) switch
    {
        0x8000 => ShoreEntryKind.Regular,
        0x4000 => ShoreEntryKind.Directory,
        0xA000 => ShoreEntryKind.SymbolicLink,
        0x1000 => ShoreEntryKind.Fifo,
        0xC000 => ShoreEntryKind.Socket,
        0x2000 or 0x6000 => ShoreEntryKind.Device,
        _ => ShoreEntryKind.Unknown,
    };

    // Times far outside what 64 bits of nanoseconds hold (a broken disk) wrap: they still tell versions apart.
    public readonly FileStamp Stamp => new(
        Device,
        (long)Inode,
        (long)SizeInBytes,
        unchecked((ModifiedSeconds * 1_000_000_000) + ModifiedNanoseconds),
        unchecked((ChangedSeconds * 1_000_000_000) + ChangedNanoseconds),
        Mode & 0x1FF);

    /// <summary>The change time: nobody can set it, so that a broken disk alone makes it one that is no date.</summary>
    public readonly DateTimeOffset Changed => DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(ChangedSeconds, 0, uint.MaxValue)).AddTicks(ChangedNanoseconds / TimeSpan.NanosecondsPerTick);

    public readonly ShoreLook Look => new(Kind, Stamp, (int)LinkCount, (int)OwnerId);

    public readonly bool SameDirectory(StatxRecord other) => Device == other.Device && Inode == other.Inode && MountId == other.MountId;
}
