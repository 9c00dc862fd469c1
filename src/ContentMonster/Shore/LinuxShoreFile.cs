using System.Runtime.InteropServices;
using ContentMonster.Model;

namespace ContentMonster.Shore;

/// <summary>An open file, read at offsets; any number of tasks may read at once.</summary>
internal sealed unsafe class LinuxShoreFile(Descriptor file, BytePath path, FileStamp stamp, bool isRemote) : ShoreFile
{
    public override FileStamp Stamp => stamp;

    public override SafeHandle? Handle => isRemote ? null : file;

    public override FileStamp CurrentStamp()
    {
        bool held = false;
        try
        {
            // Closed meanwhile, the bare number could be another file's by now.
            file.DangerousAddRef(ref held);
            int errno = LinuxCall.Stat(file, out StatxRecord now);
            return errno == 0 ? now.Stamp : throw LinuxShoreRoot.Trouble("look at", path, errno);
        }
        finally
        {
            if (held)
            {
                file.DangerousRelease();
            }
        }
    }

    public override int Read(long offset, Span<byte> buffer)
    {
        bool held = false;
        try
        {
            file.DangerousAddRef(ref held);
            return ReadFully(offset, buffer);
        }
        finally
        {
            if (held)
            {
                file.DangerousRelease();
            }
        }
    }

    public override WriterVerdict ProbeWriter() => Probe(file);

    public static WriterVerdict Probe(Descriptor file)
    {
        // Without this a writer that opens the file while the lease stands sends us SIGIO, which ends the process. SIGURG is ignored.
        if (Libc.Fcntl(file.Number, Libc.SetSignal, Libc.Urgent) != 0)
        {
            return WriterVerdict.Unknown;
        }

        if (Libc.Fcntl(file.Number, Libc.SetLease, Libc.ReadLease) != 0)
        {
            return Marshal.GetLastPInvokeError() == Errno.Again ? WriterVerdict.Writing : WriterVerdict.Unknown;
        }

        // At once: until then a writer's open() waits for us.
        _ = Libc.Fcntl(file.Number, Libc.SetLease, Libc.Unlock);
        return WriterVerdict.Free;
    }

    public override void Dispose() => file.Dispose();

    private int ReadFully(long offset, Span<byte> buffer)
    {
        int filled = 0;
        fixed (byte* into = buffer)
        {
            while (filled < buffer.Length)
            {
                nint got = Libc.PRead(file.Number, into + filled, buffer.Length - filled, offset + filled);
                int errno = got < 0 ? Marshal.GetLastPInvokeError() : 0;
                if (errno is not (0 or Errno.Interrupted))
                {
                    throw LinuxShoreRoot.Trouble("read", path, errno);
                }

                if (got == 0)
                {
                    break;
                }

                filled += (int)Math.Max(got, 0);
            }
        }

        return filled;
    }
}
