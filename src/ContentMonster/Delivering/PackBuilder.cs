using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>
/// Reads small files into one tar archive, hashing each on the way. What is in it is of the version that the ledger knows: the open file is looked at
/// after it was read.
/// </summary>
internal sealed class PackBuilder : IDisposable
{
    /// <summary>File bytes of one pack at the most, but nearby, where it may hold three times as many: what a break costs, and what it takes of memory.</summary>
    public const long MostBytes = 1 << 20;

    /// <summary>What it may hold at the least, however many vessels share the memory.</summary>
    public const long LeastBytes = 256 << 10;

    /// <summary>A file larger than this goes alone.</summary>
    public const long LargestFile = 128 << 10;

    public const int MostFiles = PackLayout.MostFiles;

    // One command line stays far below the smallest ARG_MAX in use.
    public const int MostNameBytes = 40 << 10;

    private const int TarBlock = 512;

    // What ustar's eleven octal digits hold; other times go by SFTP.
    private const long LastSecond = (1L << 33) - 1;
    private readonly MemoryStream _archive;
    private readonly TarWriter _writer;
    private readonly List<(Delivery Delivery, byte[] Sha256)> _files = [];
    private byte[] _buffer = [];

    /// <param name="expected">What will be added.</param>
    public PackBuilder(IReadOnlyCollection<Delivery> expected)
    {
        // A header and whole blocks for each, and two blocks at the end; a long name takes more.
        _archive = new MemoryStream((int)expected.Sum(static delivery => delivery.Version.Stamp.SizeInBytes + (2 * TarBlock)) + (2 * TarBlock));
        _writer = new TarWriter(_archive, TarEntryFormat.Gnu, leaveOpen: true);
    }

    public IReadOnlyList<(Delivery Delivery, byte[] Sha256)> Files => _files;

    /// <summary>
    /// Whether a delivery can go packed at all. One that was begun goes alone, also if that was in a pack: a pack is not resumed, and over a link that
    /// breaks more often than one takes nothing would ever arrive.
    /// </summary>
    public static bool Takes(Delivery delivery)
    {
        FileVersion version = delivery.Version;
        ReadOnlySpan<byte> name = version.Path.Span[(version.Path.Span.LastIndexOf((byte)'/') + 1)..];
        return delivery.Part is null && delivery.Failures == 0 && version.Stamp.SizeInBytes <= LargestFile && !version.IsBig
            && version.Stamp.ModifiedUnixNanoseconds is >= 0 and < LastSecond * 1_000_000_000 && PackScript.Takes(name) && Utf8.IsValid(name);
    }

    /// <summary>Adds one; a <see cref="SourceException"/> where its source is not that version any more.</summary>
    public void Add(Delivery delivery, SourceBook source)
    {
        FileVersion version = delivery.Version;
        int size = (int)version.Stamp.SizeInBytes;
        if (_buffer.Length < size)
        {
            _buffer = GC.AllocateUninitializedArray<byte>(size);
        }

        if (source.Read(0, _buffer.AsSpan(0, size)) != size || !source.IsUnchanged())
        {
            throw SourceException.Changed(version);
        }

        DateTimeOffset modified = DateTimeOffset.FromUnixTimeSeconds(version.Stamp.ModifiedUnixNanoseconds / 1_000_000_000);
        using var data = new MemoryStream(_buffer, 0, size, writable: false);
        _writer.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, Encoding.UTF8.GetString(version.Path.Name.Span))
        {
            Mode = (UnixFileMode)(version.Stamp.Mode & 0x1FF),
            ModificationTime = modified,
            DataStream = data,
        });
        _files.Add((delivery, SHA256.HashData(_buffer.AsSpan(0, size))));
    }

    /// <summary>The archive; nothing can be added any more.</summary>
    /// <param name="readToEnd">Told each time that its last byte was read.</param>
    /// <param name="length">In bytes.</param>
    public IChunkSource Finish(Action readToEnd, out long length)
    {
        _writer.Dispose();
        length = _archive.Length;
        return new Archive(_archive.GetBuffer().AsMemory(0, (int)length), readToEnd);
    }

    /// <summary>The archive has been sent: its memory is given back.</summary>
    public void Forget()
    {
        _archive.SetLength(0);
        _archive.Capacity = 0;
        _buffer = [];
    }

    public void Dispose() => _writer.Dispose();

    private sealed class Archive(ReadOnlyMemory<byte> bytes, Action readToEnd) : IChunkSource
    {
        public int Read(long offset, Span<byte> buffer)
        {
            ReadOnlySpan<byte> there = bytes.Span[(int)offset..];
            int count = Math.Min(there.Length, buffer.Length);
            there[..count].CopyTo(buffer);
            if (count == there.Length)
            {
                readToEnd();
            }

            return count;
        }
    }
}
