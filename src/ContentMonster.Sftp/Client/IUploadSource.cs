using System.Runtime.InteropServices;

namespace ContentMonster.Sftp.Client;

/// <summary>Where upload bytes come from. Called from the session's own tasks, for one upload by two at once at the most.</summary>
public interface IUploadSource
{
    /// <summary>Fills the buffer from the offset; returns the bytes read, less than asked only at the end of the source.</summary>
    int Read(long offset, Span<byte> buffer);

    /// <summary>An open file that has these bytes at these offsets: over a short way the kernel sends from it. Null: they have to be read.</summary>
    SafeHandle? File => null;
}
