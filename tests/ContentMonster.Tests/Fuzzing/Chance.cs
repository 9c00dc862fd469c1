namespace ContentMonster.Tests.Fuzzing;

/// <summary>What fuzzing asks of chance.</summary>
internal static class Chance
{
    /// <summary>What breaks out of quotes, lines, options and terminals.</summary>
    private static readonly byte[] Nasty = [.. "'\\\"$`\n\r\t !*?~#&;|<>(){}[]=-%/.,:@^"u8, 0x1B, 0x07, 0x08, 0x7F, 0x80, 0x9B, 0xC2, 0xE2, 0xFF];

    public static bool OneIn(this Random chance, int many) => chance.Next(many) == 0;

    public static T Of<T>(this Random chance, IReadOnlyList<T> things) => things[chance.Next(things.Count)];

    public static byte[] Bytes(this Random chance, int length)
    {
        byte[] bytes = new byte[length];
        chance.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Bytes without NUL, half of them such as do harm.</summary>
    public static byte[] Word(this Random chance, int longest)
    {
        byte[] word = chance.Bytes(chance.Next(longest + 1));
        for (int i = 0; i < word.Length; i++)
        {
            if (word[i] == 0 || chance.OneIn(2))
            {
                word[i] = chance.Of(Nasty);
            }
        }

        return word;
    }

    /// <summary>A name as a file system takes it: 1 to 255 bytes, no slash, neither "." nor "..".</summary>
    public static byte[] FileName(this Random chance)
    {
        byte[] name = chance.Word(chance.OneIn(4) ? 255 : 24);
        name.AsSpan().Replace((byte)'/', (byte)'.');
        return name.AsSpan().SequenceEqual("."u8) || name.AsSpan().SequenceEqual(".."u8) || name.Length == 0 ? [.. name, (byte)'x'] : name;
    }

    /// <summary>One to three changes: a byte flipped, a piece cut out, doubled, or put in.</summary>
    public static byte[] Mutated(this Random chance, byte[] bytes)
    {
        for (int i = chance.Next(1, 4); i > 0; i--)
        {
            int at = chance.Next(bytes.Length + 1);
            int length = Math.Min(chance.Next(1, 9), bytes.Length - at);
            bytes = chance.Next(4) switch
            {
                0 when length > 0 => [.. bytes[..at], (byte)(bytes[at] ^ (1 << chance.Next(8))), .. bytes[(at + 1)..]],
                1 => [.. bytes[..at], .. bytes[(at + length)..]],
                2 => [.. bytes[..(at + length)], .. bytes[at..]],
                _ => [.. bytes[..at], .. chance.Bytes(chance.Next(1, 9)), .. bytes[at..]],
            };
        }

        return bytes;
    }
}
