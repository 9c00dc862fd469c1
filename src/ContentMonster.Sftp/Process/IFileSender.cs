using System.Runtime.InteropServices;

namespace ContentMonster.Sftp.Process;

/// <summary>A stream to which the kernel can move a file's bytes by itself: no copy of them passes through this process.</summary>
internal interface IFileSender
{
    /// <summary>
    /// Moves bytes of an open file to the stream, as many as it takes without waiting. The kernel may read them until the other end has: what changes in the
    /// file meanwhile may be sent either way.
    /// </summary>
    /// <returns>The bytes moved: none at the end of the file and where the stream is full; less than none where this file or system cannot do it.</returns>
    int SendFile(SafeHandle file, long offset, int length);
}
