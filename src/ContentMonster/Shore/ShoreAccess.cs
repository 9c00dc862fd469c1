using ContentMonster.Model;

namespace ContentMonster.Shore;

/// <summary>What this process may do at a place, asked without touching it; null where the system cannot be asked.</summary>
internal static unsafe class ShoreAccess
{
    private const int MayWrite = 2;
    private const int MayEnter = 1;
    private const int MayRead = 4;
    private const int EffectiveIds = 0x200;

    public static bool? MayList(string path) => May(path, MayRead | MayEnter);

    /// <summary>Whether entries can be made, renamed and removed in a directory; false on a read-only file system, too.</summary>
    public static bool? MayChange(string path) => May(path, MayWrite | MayEnter);

    public static bool? MayWriteFile(string path) => May(path, MayWrite);

    /// <summary>Null: not there, or not to be told.</summary>
    public static (long Device, uint Owner)? Look(string path) =>
        OperatingSystem.IsLinux() && LinuxCall.StatLocation(BytePath.FromText(path).Span, out StatxRecord record) == 0 ? (record.Device, record.OwnerId) : null;

    /// <summary>When it, or the link that leads to it, became what it is: by writing, a rename, new rights; null: not there, or not to be told.</summary>
    public static DateTimeOffset? Changed(string path)
    {
        byte[] name = BytePath.FromText(path).Bytes;
        if (!OperatingSystem.IsLinux() || LinuxCall.StatLocation(name, out StatxRecord target) != 0 || LinuxCall.StatLink(name, out StatxRecord link) != 0)
        {
            return null;
        }

        return target.Changed > link.Changed ? target.Changed : link.Changed;
    }

    /// <summary>Whether a file is root's or this process's user's, and its group is this process's own; false where the system cannot be asked.</summary>
    public static bool IsOfOwnGroup(string path) =>
        OperatingSystem.IsLinux() && LinuxCall.StatLocation(BytePath.FromText(path).Span, out StatxRecord record) == 0
        && (record.OwnerId == 0 || record.OwnerId == Libc.EffectiveUser()) && record.GroupId == Libc.EffectiveGroup();

    public static uint? User() => OperatingSystem.IsWindows() ? null : Libc.EffectiveUser();

    private static bool? May(string path, int what)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        fixed (byte* text = LinuxCall.Terminated(BytePath.FromText(path).Span))
        {
            return Libc.FAccessAt(Libc.CurrentDirectory, text, what, EffectiveIds) == 0;
        }
    }
}
