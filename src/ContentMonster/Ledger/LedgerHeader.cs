using System.Buffers.Binary;

namespace ContentMonster.Ledger;

/// <summary>The head of a SQLite file (https://www.sqlite.org/fileformat.html), read without SQLite, which would make files beside it. Nobody of this process may have it open: closing it here would drop SQLite's locks.</summary>
internal static class LedgerHeader
{
    private const int Length = 100;
    private const int PageSizeAt = 16;
    private const int PagesAt = 28;
    private const int ApplicationIdAt = 68;
    private const int FirstPageKindAt = Length;
    private const int FirstPageCellsAt = Length + 3;
    private const byte Leaf = 13;

    /// <summary>What is absent or empty is a ledger that is yet to be made.</summary>
    /// <exception cref="LedgerException">It is another program's database, or none.</exception>
    public static void RefuseForeign(string path)
    {
        Span<byte> head = stackalloc byte[FirstPageCellsAt + sizeof(ushort)];
        if (!File.Exists(path) || Read(path, head) is not (> 0 and var count))
        {
            return;
        }

        bool isDatabase = head.StartsWith("SQLite format 3\0"u8);
        if (!isDatabase && !HasLog(path))
        {
            // With a log a power cut may have torn it while that was brought in, which SQLite mends.
            throw LedgerFault.NoDatabase(path);
        }

        bool hasTables = isDatabase && count == head.Length && (head[FirstPageKindAt] != Leaf || BinaryPrimitives.ReadUInt16BigEndian(head[FirstPageCellsAt..]) > 0);
        if (hasTables && BinaryPrimitives.ReadInt32BigEndian(head[ApplicationIdAt..]) != Migrations.ApplicationId)
        {
            throw Migrations.Foreign(path);
        }
    }

    /// <summary>Whether its count of pages is the file's; with a write-ahead log it may be behind.</summary>
    public static bool IsOfTheLengthItSays(string path)
    {
        // A reader that came after a clean stop leaves an empty log behind, which it may not remove.
        if (HasLog(path))
        {
            return false;
        }

        Span<byte> head = stackalloc byte[Length];
        if (Read(path, head) < head.Length)
        {
            return new FileInfo(path).Length == 0;
        }

        long pageSize = BinaryPrimitives.ReadUInt16BigEndian(head[PageSizeAt..]);
        return new FileInfo(path).Length == pageSize * BinaryPrimitives.ReadUInt32BigEndian(head[PagesAt..]);
    }

    private static bool HasLog(string path) => new FileInfo(path + "-wal") is { Exists: true, Length: > 0 };

    private static int Read(string path, Span<byte> head)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
    }
}
