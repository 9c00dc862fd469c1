using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ContentMonster.Model;

namespace ContentMonster.Shore;

/// <summary>getdents64(2) on an open directory, entry by entry, in one buffer.</summary>
internal sealed unsafe class LinuxListing(Descriptor directory, BytePath path) : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    // struct linux_dirent64: inode 8, offset 8, record length 2, type 1, name with NUL.
    private const int LengthAt = 16;
    private const int TypeAt = 18;
    private const int NameAt = 19;

    private readonly byte* _buffer = (byte*)NativeMemory.Alloc(BufferBytes);
    private int _filled;
    private int _at;

    public bool Next(out ShoreEntry entry)
    {
        while (true)
        {
            if (_at >= _filled && !Fill())
            {
                entry = default;
                return false;
            }

            var record = new ReadOnlySpan<byte>(_buffer + _at, _filled - _at);
            int length = BinaryPrimitives.ReadUInt16LittleEndian(record[LengthAt..]);
            ReadOnlySpan<byte> name = record[NameAt..length];
            name = name[..name.IndexOf((byte)0)];
            byte type = record[TypeAt];
            _at += length;
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
            {
                entry = new(new(name.ToArray()), KindOf(type, name));
                return true;
            }
        }
    }

    public void Dispose() => NativeMemory.Free(_buffer);

    private bool Fill()
    {
        nint got;
        int errno;
        do
        {
            got = Libc.Syscall(LinuxNumbers.GetDents64, directory.Number, (nint)_buffer, BufferBytes, 0, 0);
            errno = got < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
        while (errno == Errno.Interrupted);

        if (errno != 0)
        {
            throw LinuxShoreRoot.Trouble("read the directory", path, errno);
        }

        _filled = (int)got;
        _at = 0;
        return got > 0;
    }

    private ShoreEntryKind KindOf(byte type, ReadOnlySpan<byte> name) => type switch
    {
        8 => ShoreEntryKind.Regular,
        4 => ShoreEntryKind.Directory,
        10 => ShoreEntryKind.SymbolicLink,
        1 => ShoreEntryKind.Fifo,
        12 => ShoreEntryKind.Socket,
        2 or 6 => ShoreEntryKind.Device,

        // Some file systems (older XFS, some FUSE ones) leave the type out.
        _ => LinuxCall.Stat(directory, name, out StatxRecord seen) == 0 ? seen.Kind : ShoreEntryKind.Unknown,
    };
}
