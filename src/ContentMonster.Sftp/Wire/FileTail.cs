using System.Runtime.InteropServices;

namespace ContentMonster.Sftp.Wire;

/// <summary>The end of a packet that is not in its buffer, but read from an open file when the packet leaves.</summary>
/// <param name="File">Kept open for it until it is dropped.</param>
/// <param name="Length">In bytes; 0: the packet is in its buffer, all of it.</param>
internal readonly record struct FileTail(SafeHandle File, long Offset, int Length)
{
    public static FileTail Of(SafeHandle file, long offset, int length)
    {
        bool held = false;
        file.DangerousAddRef(ref held);
        return new FileTail(file, offset, length);
    }

    public void Drop() => File?.DangerousRelease();
}
