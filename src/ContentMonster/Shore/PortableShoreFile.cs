using ContentMonster.Model;
using Microsoft.Win32.SafeHandles;

namespace ContentMonster.Shore;

/// <summary>A file by System.IO. Its stamp knows no inode, and the time of its making stands for the change time.</summary>
internal sealed class PortableShoreFile : ShoreFile
{
    private readonly string _path;
    private readonly SafeFileHandle _file;

    public PortableShoreFile(string path)
    {
        _path = path;
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Stamp = CurrentStamp();
    }

    public override FileStamp Stamp { get; }

    public static FileStamp StampOf(string path)
    {
        var file = new FileInfo(path);
        int mode = OperatingSystem.IsWindows() ? 0x1A4 : (int)File.GetUnixFileMode(path) & 0x1FF;
        return new(0, 0, file.Exists ? file.Length : 0, Nanoseconds(file.LastWriteTimeUtc), Nanoseconds(file.CreationTimeUtc), mode);
    }

    public override FileStamp CurrentStamp()
    {
        int mode = OperatingSystem.IsWindows() ? 0x1A4 : (int)File.GetUnixFileMode(_file) & 0x1FF;
        return new(0, 0, RandomAccess.GetLength(_file), Nanoseconds(File.GetLastWriteTimeUtc(_file)), Nanoseconds(File.GetCreationTimeUtc(_file)), mode);
    }

    public override int Read(long offset, Span<byte> buffer)
    {
        int filled = 0;
        while (filled < buffer.Length)
        {
            int got = RandomAccess.Read(_file, buffer[filled..], offset + filled);
            if (got == 0)
            {
                break;
            }

            filled += got;
        }

        return filled;
    }

    /// <summary>Windows refuses a second opening that shares no writing while a writer is there; other systems have nothing alike.</summary>
    public override WriterVerdict ProbeWriter()
    {
        if (!OperatingSystem.IsWindows())
        {
            return WriterVerdict.Unknown;
        }

        try
        {
            File.OpenHandle(_path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete).Dispose();
            return WriterVerdict.Free;
        }
        catch (IOException)
        {
            return WriterVerdict.Writing;
        }
        catch (UnauthorizedAccessException)
        {
            return WriterVerdict.Unknown;
        }
    }

    public override void Dispose() => _file.Dispose();

    private static long Nanoseconds(DateTime time) => (time - DateTime.UnixEpoch).Ticks * 100;
}
