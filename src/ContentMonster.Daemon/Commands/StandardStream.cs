using System.Runtime.InteropServices;

namespace ContentMonster.Daemon.Commands;

/// <summary>
/// Standard output or error as it is. The runtime's own stream keeps silent of a reader that has gone, so `status --watch | head -1` would never end.
/// </summary>
internal sealed unsafe partial class StandardStream : Stream
{
    private const int GetFlags = 1; // F_GETFD, fcntl(2)
    private const int CloseOnExec = 1; // FD_CLOEXEC
    private const int Interrupted = 4; // errno values, as Linux numbers them
    private const int BadDescriptor = 9;
    private const int Again = 11;
    private const int NoSpace = 28;
    private const int BrokenPipe = 32;
    private const short Writable = 4; // POLLOUT, poll(2)

    private readonly int _number;
    private readonly bool _closed;

    private StandardStream(int number)
    {
        _number = number;

        // What a program inherits is never closed on exec, and all that the runtime opens is: this number was free, and is something of its own now.
        int flags = fcntl(number, GetFlags);
        _closed = flags < 0 || (flags & CloseOnExec) != 0;
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public static Stream Output() => OperatingSystem.IsLinux() ? new StandardStream(1) : Console.OpenStandardOutput();

    /// <summary>Nothing can be told where it is closed: what is written then goes nowhere, the log, too.</summary>
    public static Stream Error()
    {
        if (!OperatingSystem.IsLinux())
        {
            return Console.OpenStandardError();
        }

        var error = new StandardStream(2);
        if (!error._closed)
        {
            return error;
        }

        Console.SetError(TextWriter.Null);
        return Null;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint written;
            fixed (byte* bytes = buffer)
            {
                written = _closed ? -1 : write(_number, bytes, (nuint)buffer.Length);
            }

            int errno = _closed ? BadDescriptor : Marshal.GetLastPInvokeError();
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
            }
            else if (errno == Again)
            {
                var wait = new Wait { Descriptor = _number, Events = Writable };
                _ = poll(&wait, 1, -1);
            }
            else if (errno != Interrupted)
            {
                throw errno == BrokenPipe ? new NobodyReadsException() : new IOException($"Could not write the answer, because {Words(errno)}.");
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private static string Words(int errno) => errno switch
    {
        BadDescriptor => "standard output is closed",
        NoSpace => "the disk that it goes to is full",
        _ => $"the system says: {Marshal.GetPInvokeErrorMessage(errno)}",
    };

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint write(int descriptor, byte* bytes, nuint count);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int fcntl(int descriptor, int command);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int poll(Wait* waits, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct Wait
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
