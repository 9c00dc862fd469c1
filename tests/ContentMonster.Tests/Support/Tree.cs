using System.Security.Cryptography;
using System.Text;
using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Tests.Support;

/// <summary>What lies below a directory, names as bytes.</summary>
internal sealed class Tree(string root)
{
    public string Root => root;

    /// <summary>All that is no directory, hidden files included, in order; bytes shown as Latin-1.</summary>
    public IReadOnlyList<string> Files
    {
        get
        {
            if (!Directory.Exists(root))
            {
                return [];
            }

            using ShoreRoot held = ShoreRoot.Open(root);
            return [.. Below(held, default).Order(StringComparer.Ordinal)];
        }
    }

    public static BytePath Name(string latin1) => new(Encoding.Latin1.GetBytes(latin1));

    /// <summary>As System.IO takes it. A name that is not UTF-8 cannot be said there: ask by <see cref="Look"/>.</summary>
    public static string Local(BytePath path) => Encoding.UTF8.GetString(path.Span);

    public bool Has(string file) => Look(file) is not null;

    public ShoreLook? Look(string file)
    {
        if (!Directory.Exists(root))
        {
            return null;
        }

        using ShoreRoot held = ShoreRoot.Open(root);
        try
        {
            return held.Look(Name(file));
        }
        catch (ShoreException)
        {
            return null;
        }
    }

    public string Hash(string file)
    {
        using ShoreRoot held = ShoreRoot.Open(root);
        using ShoreFile open = held.OpenFile(Name(file));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[1 << 20];
        for (long at = 0; ;)
        {
            int got = open.Read(at, block);
            if (got == 0)
            {
                return Convert.ToHexString(hash.GetHashAndReset());
            }

            hash.AppendData(block, 0, got);
            at += got;
        }
    }

    private static IEnumerable<string> Below(ShoreRoot held, BytePath directory)
    {
        List<ShoreEntry> entries;
        try
        {
            entries = [.. held.List(directory)];
        }
        catch (ShoreException)
        {
            // Gone since its name was read.
            return [];
        }

        return entries.SelectMany(entry =>
        {
            BytePath path = directory.Join(entry.Name);
            return entry.Kind == ShoreEntryKind.Directory ? Below(held, path) : [Encoding.Latin1.GetString(path.Span)];
        });
    }
}
