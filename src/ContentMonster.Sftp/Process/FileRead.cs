using System.ComponentModel;
using System.Runtime.InteropServices;

namespace ContentMonster.Sftp.Process;

/// <summary>Reads an open file whose kind of handle .NET's own calls do not take.</summary>
internal static unsafe class FileRead
{
    /// <summary>Fills the buffer from the offset; false: the file ends before.</summary>
    /// <exception cref="IOException">The system could not read.</exception>
    public static bool TryFill(SafeHandle file, long offset, Span<byte> buffer)
    {
        int filled = 0;
        fixed (byte* into = buffer)
        {
            while (filled < buffer.Length)
            {
                nint got = Posix.ReadAt(file, into + filled, (nuint)(buffer.Length - filled), offset + filled);
                int error = got < 0 ? Marshal.GetLastPInvokeError() : 0;
                if (error is not (0 or Posix.ErrorInterrupted))
                    throw new IOException(new Win32Exception(error).Message);
                if (got == 0)
                    return false;
                filled += (int)Math.Max(got, 0);
            }
        }

        return true;
    }
}
