namespace ContentMonster.Sftp.Client;

/// <summary>Quoting for POSIX sh.</summary>
public static class ShellQuote
{
    /// <summary>One word in single quotes; throws <see cref="ArgumentException"/> on NUL.</summary>
    public static byte[] Quote(ReadOnlySpan<byte> word)
    {
        if (word.Contains((byte)0))
        {
            throw new ArgumentException("Could not quote the word for sh, because it holds a zero byte, which no shell can take.", nameof(word));
        }

        // Between single quotes every byte stands for itself but the single quote, which is put in between by \'.
        byte[] quoted = new byte[word.Length + 2 + (3 * word.Count((byte)'\''))];
        int at = 0;
        quoted[at++] = (byte)'\'';
        foreach (byte one in word)
        {
            if (one == '\'')
            {
                "'\\''"u8.CopyTo(quoted.AsSpan(at));
                at += 4;
            }
            else
            {
                quoted[at++] = one;
            }
        }

        quoted[at] = (byte)'\'';
        return quoted;
    }
}
