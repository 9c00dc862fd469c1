using System.Runtime.InteropServices;
using ContentMonster.Model;

namespace ContentMonster.Shore;

/// <summary>An open source file.</summary>
internal abstract class ShoreFile : IDisposable
{
    /// <summary>As it was when opened.</summary>
    public abstract FileStamp Stamp { get; }

    /// <summary>For the kernel to send from; null: only <see cref="Read"/> reads it, as on a network file system, where a read may hang and would hold up all else that is sent.</summary>
    public virtual SafeHandle? Handle => null;

    /// <summary>fstat now.</summary>
    public abstract FileStamp CurrentStamp();

    /// <summary>pread: fills the buffer unless the file ends before.</summary>
    public abstract int Read(long offset, Span<byte> buffer);

    /// <summary>Whether somebody has the file open for writing (a read lease is tried: fcntl(2), F_SETLEASE).</summary>
    public abstract WriterVerdict ProbeWriter();

    public abstract void Dispose();
}
