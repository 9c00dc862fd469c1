using System.Text;

namespace ContentMonster.Model;

/// <summary>
/// A path, or one name, as the bytes that the file system holds: elements separated by '/', any encoding or none. A relative path has no
/// leading and no trailing slash; the empty path is the directory itself. Compared bytewise.
/// </summary>
public readonly struct BytePath : IEquatable<BytePath>, IComparable<BytePath>
{
    private readonly byte[]? _bytes;

    /// <summary>Takes the array over; the caller must not change it afterwards.</summary>
    public BytePath(byte[] bytes) => _bytes = bytes;

    /// <summary>The bytes, never null.</summary>
    public byte[] Bytes => _bytes ?? [];

    public ReadOnlySpan<byte> Span => _bytes;

    public bool IsEmpty => Span.IsEmpty;

    /// <summary>The last element.</summary>
    public BytePath Name => new(Span[(Span.LastIndexOf((byte)'/') + 1)..].ToArray());

    /// <summary>All but the last element; empty where there is only one. The parent of "/x" is "/".</summary>
    public BytePath Parent
    {
        get
        {
            int slash = Span.LastIndexOf((byte)'/');
            return slash switch { < 0 => default, 0 => new("/"u8.ToArray()), _ => new(Span[..slash].ToArray()) };
        }
    }

    /// <summary>The UTF-8 bytes of a text.</summary>
    public static BytePath FromText(string text) => new(Encoding.UTF8.GetBytes(text));

    /// <summary>This directory's entry <paramref name="below"/>; either side may be empty.</summary>
    public BytePath Join(BytePath below)
    {
        if (IsEmpty)
        {
            return below;
        }

        if (below.IsEmpty)
        {
            return this;
        }

        bool slashThere = Span[^1] == (byte)'/';
        var joined = new byte[Span.Length + (slashThere ? 0 : 1) + below.Span.Length];
        Span.CopyTo(joined);
        joined[Span.Length] = (byte)'/';
        below.Span.CopyTo(joined.AsSpan(joined.Length - below.Span.Length));
        return new(joined);
    }

    public bool Equals(BytePath other) => Span.SequenceEqual(other.Span);

    public override bool Equals(object? obj) => obj is BytePath other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    public int CompareTo(BytePath other) => Span.SequenceCompareTo(other.Span);

    /// <summary>The path as it may be shown: see <see cref="DisplayText"/>.</summary>
    public override string ToString() => DisplayText.Escape(Span);

    public static bool operator ==(BytePath left, BytePath right) => left.Equals(right);

    public static bool operator !=(BytePath left, BytePath right) => !left.Equals(right);

    public static bool operator <(BytePath left, BytePath right) => left.CompareTo(right) < 0;

    public static bool operator >(BytePath left, BytePath right) => left.CompareTo(right) > 0;

    public static bool operator <=(BytePath left, BytePath right) => left.CompareTo(right) <= 0;

    public static bool operator >=(BytePath left, BytePath right) => left.CompareTo(right) >= 0;
}
