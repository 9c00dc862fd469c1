using System.Buffers;

namespace ContentMonster.Model;

/// <summary>Names of our unfinished files, <c>.NAME.ID.part</c> with 32 lowercase hex digits as ID: never taken for files to send.</summary>
public static class UnfinishedName
{
    private const int IdLength = 32;
    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789abcdef"u8);

    /// <summary>Whether a name (one element, no path) is one of ours.</summary>
    public static bool IsOurs(ReadOnlySpan<byte> name)
    {
        if (name.Length < ".x.".Length + IdLength + ".part".Length || name[0] != (byte)'.' || !name.EndsWith(".part"u8))
        {
            return false;
        }

        ReadOnlySpan<byte> stem = name[1..^".part"u8.Length];
        int dot = stem.Length - IdLength - 1;
        return dot > 0 && stem[dot] == (byte)'.' && stem[(dot + 1)..].IndexOfAnyExcept(Digits) < 0;
    }
}
