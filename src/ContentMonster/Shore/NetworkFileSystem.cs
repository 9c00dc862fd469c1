using System.Buffers.Binary;

namespace ContentMonster.Shore;

/// <summary>File systems whose files others change behind this kernel's back, by their magic number (statfs(2)).</summary>
internal static unsafe class NetworkFileSystem
{
    private const uint Overlay = 0x794C7630;
    private static readonly HashSet<uint> Magics =
    [
        0x6969, // NFS
        0x517B, 0xFF534D42, 0xFE534D42, // SMB, CIFS, SMB2
        0x65735546, // FUSE: sshfs, rclone mount, glusterfs and many local ones, which look the same from here
        0x01021997, // 9P
        0x00C36400, // Ceph
        0x5346414F, 0x6B414653, // OpenAFS, kAFS
        0x73757245, // Coda
        0x47504653, // GPFS
        0x0BD00BD0, // Lustre
        0x7461636F, 0x01161970, // OCFS2, GFS2
        0x19830326, // BeeGFS
        0x786F4256, 0xBACBACBC, 0x7C7C6673, // VirtualBox, VMware and Parallels shared folders
    ];

    public static bool Holds(Descriptor open) => MagicOf(open) is uint magic && Magics.Contains(magic);

    /// <summary>No network file system, but one whose files are told by the devices of its layers.</summary>
    public static bool IsOverlay(Descriptor open) => MagicOf(open) == Overlay;

    private static uint? MagicOf(Descriptor open)
    {
        // struct statfs is 120 bytes on both; f_type is its first 8.
        Span<byte> record = stackalloc byte[256];
        fixed (byte* into = record)
        {
            return Libc.FStatFs(open.Number, into) == 0 ? (uint)BinaryPrimitives.ReadInt64LittleEndian(record) : null;
        }
    }
}
