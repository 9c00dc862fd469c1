using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ContentMonster.Model;

/// <summary>Names of unfinished files. An id is 32 hex digits, unguessable, new for each attempt.</summary>
internal static class PartName
{
    public const int IdLength = 32;
    private const int LongestName = 255;
    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdef"u8);
    private static readonly byte[] Suffix = ".part"u8.ToArray();

    public static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdLength / 2));

    public static bool IsId(ReadOnlySpan<byte> text) => text.Length == IdLength && !text.ContainsAnyExcept(HexDigits);

    /// <summary>The hidden sibling of a destination: <c>.NAME.ID.part</c>, NAME cut and hashed where the whole would be over 255 bytes.</summary>
    public static BytePath Sibling(BytePath destination, string id)
    {
        byte[] name = destination.Name.Bytes;
        int room = LongestName - 1 - 1 - IdLength - Suffix.Length;
        if (name.Length > room)
        {
            byte[] tag = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(name).AsSpan(0, 8)));
            name = [.. name.AsSpan(0, room - tag.Length - 1), (byte)'~', .. tag];
        }

        return destination.Parent.Join(new BytePath([(byte)'.', .. name, (byte)'.', .. Encoding.ASCII.GetBytes(id), .. Suffix]));
    }

    /// <summary>Bytes that the name of a hidden sibling has, for a name of so many.</summary>
    public static int SiblingLength(int nameLength) => Math.Min(nameLength + 1 + 1 + IdLength + Suffix.Length, LongestName);

    /// <summary>An archive of many small files: <c>..ID.part</c> in their directory. No file's sibling has such a name, because no name is empty.</summary>
    public static BytePath Pack(BytePath directory, string id) => directory.Join(BytePath.FromText($"..{id}.part"));

    /// <summary>The folder that such an archive is unpacked in: <c>...ID.part</c>.</summary>
    public static BytePath PackFolder(BytePath directory, string id) => directory.Join(BytePath.FromText($"...{id}.part"));

    public static bool IsPack(BytePath part)
    {
        ReadOnlySpan<byte> name = part.Span[(part.Span.LastIndexOf((byte)'/') + 1)..];
        return name.Length == "..".Length + IdLength + Suffix.Length && name.StartsWith(".."u8) && IsSibling(name);
    }

    /// <summary>Where the older content waits while a server that cannot replace by a rename renames twice: <c>.NAME.ID.old</c>.</summary>
    public static BytePath SetAside(BytePath sibling) => new([.. sibling.Span[..^Suffix.Length], .. ".old"u8]);

    /// <summary>The destination that a hidden sibling is for; null where its name was cut.</summary>
    public static BytePath? DestinationOf(BytePath sibling)
    {
        byte[] name = sibling.Name.Bytes;
        return IsSibling(name) && name.Length < LongestName ? sibling.Parent.Join(new BytePath(name[1..^(1 + IdLength + Suffix.Length)])) : null;
    }

    /// <summary>An unfinished file in TempDir: <c>ID.part</c>.</summary>
    public static BytePath InTempDir(BytePath folder, string id) => folder.Join(BytePath.FromText(id + ".part"));

    public static bool IsInTempDir(BytePath part)
    {
        ReadOnlySpan<byte> name = part.Span[(part.Span.LastIndexOf((byte)'/') + 1)..];
        return name.Length == IdLength + Suffix.Length && IsId(name[..IdLength]) && name.EndsWith(Suffix);
    }

    /// <summary>One chunk's file under Assembly = cat: <c>ID_N.part</c>.</summary>
    public static BytePath Chunk(BytePath folder, string id, int number) =>
        folder.Join(BytePath.FromText(string.Create(CultureInfo.InvariantCulture, $"{id}_{number}.part")));

    /// <summary>Whether a name (one element, no path) is that of a hidden sibling: such files are never taken for files to send.</summary>
    public static bool IsSibling(ReadOnlySpan<byte> name)
    {
        if (name.Length < "..".Length + IdLength + Suffix.Length || name[0] != (byte)'.' || !name.EndsWith(Suffix))
        {
            return false;
        }

        ReadOnlySpan<byte> stem = name[1..^Suffix.Length];
        int dot = stem.Length - IdLength - 1;
        return stem[dot] == (byte)'.' && !stem[(dot + 1)..].ContainsAnyExcept(HexDigits);
    }

    /// <summary>The id in the name of an unfinished file of either form; null where the name is none of ours.</summary>
    public static string? IdOf(BytePath part)
    {
        ReadOnlySpan<byte> name = part.Name.Span;
        if (!name.EndsWith(Suffix) || name.Length < IdLength + Suffix.Length)
        {
            return null;
        }

        ReadOnlySpan<byte> id = name[^(IdLength + Suffix.Length)..^Suffix.Length];
        return id.ContainsAnyExcept(HexDigits) ? null : Encoding.ASCII.GetString(id);
    }
}
