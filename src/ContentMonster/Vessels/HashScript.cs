using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>
/// Writes the scripts that hash ranges on the vessel and reads their answers. Implementation notes.
/// <para>What is hashed: always the file itself, through standard input or by name, never a pipe on its way into a file: on a full disk
/// that prints the right hash beside a short file.</para>
/// <para>Answers: one line a range, "NUMBER HASH". Names never come back: GNU tools escape them, busybox does not. Only the
/// by-name form for many small files has names in its output, and only the 64 digits in front are read, line by line, counted.</para>
/// </summary>
internal static class HashScript
{
    // One command line stays far below the smallest ARG_MAX in use (busybox systems: 128 KiB).
    private const int LongestCommandBytes = 48 << 10;
    private const long LargestByName = 4 << 20;

    // What a pipe holds on Linux: larger ones were measured to be slower. Every chunk begins at a multiple; only a file's last one may end elsewhere,
    // and there the file's end is the end.
    private const long Block = 64 << 10;

    private static readonly byte[] OfNothing = SHA256.HashData([]);

    /// <summary>A script for all ranges. Whole small files go by name, many in one command; the rest through dd.</summary>
    public static byte[] For(HashTool tool, IReadOnlyList<RemoteRange> ranges)
    {
        using var script = new MemoryStream();
        int next = 0;
        while (next < ranges.Count)
        {
            int run = tool.ByName ? RunOfWholeFiles(ranges, next) : 0;
            if (run > 1)
            {
                AppendByName(script, tool, ranges, next, run);
                next += run;
            }
            else
            {
                AppendOne(script, tool, ranges[next], next);
                next++;
            }
        }

        return script.ToArray();
    }

    /// <summary>The most bytes that are read between two lines of its output.</summary>
    public static long BytesInSilence(IReadOnlyList<RemoteRange> ranges) =>
        ranges.Select(range => GoesByName(range) ? 0 : range.Length).Append(ranges.Where(GoesByName).Sum(range => range.Length)).Max();

    /// <summary>The hashes by range number; those that are missing were not there or not readable.</summary>
    public static IReadOnlyList<RangeHash> Read(IReadOnlyList<RemoteRange> ranges, ReadOnlySpan<byte> output)
    {
        var hashes = new RangeHash[ranges.Count];
        Array.Fill(hashes, new RangeHash(null));
        int inRun = -1;
        foreach (Range lineRange in output.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = output[lineRange];
            if (line.StartsWith("run "u8))
            {
                inRun = ReadNumber(line[4..]);
            }
            else if (line.StartsWith("end"u8))
            {
                inRun = -1;
            }
            else if (inRun >= 0)
            {
                // By-name lines carry no number: a file that failed has no line, so the whole run counts only when complete; see AppendByName.
                Put(inRun++, DigestIn(line));
            }
            else if (line.IndexOf((byte)' ') is > 0 and var space)
            {
                Put(ReadNumber(line[..space]), DigestIn(line[(space + 1)..]));
            }
        }

        return hashes;

        void Put(int number, byte[]? digest)
        {
            // dd that may not read hands on nothing, which has a hash, too.
            if ((uint)number < (uint)hashes.Length && !(ranges[number].Length > 0 && digest.AsSpan().SequenceEqual(OfNothing)))
            {
                hashes[number] = new RangeHash(digest);
            }
        }
    }

    /// <summary>The 64 hex digits that a line begins with, else null.</summary>
    public static byte[]? DigestIn(ReadOnlySpan<byte> line)
    {
        var digest = new byte[SHA256.HashSizeInBytes];
        int digits = digest.Length * 2;

        // Without exceptions: a vessel may print megabytes of lines that are none.
        return line.Length >= digits && Convert.FromHexString(line[..digits], digest, out _, out int written) == OperationStatus.Done && written == digest.Length
            ? digest
            : null;
    }

    /// <summary>The path as a shell word that no tool takes for an option.</summary>
    public static byte[] Word(BytePath path) =>
        ShellQuote.Quote(path.Span.StartsWith("/"u8) ? path.Span : [.. "./"u8, .. path.Span]);

    private static int RunOfWholeFiles(IReadOnlyList<RemoteRange> ranges, int first)
    {
        int count = 0;
        int bytes = 0;
        while (first + count < ranges.Count && GoesByName(ranges[first + count]) && bytes < LongestCommandBytes)
        {
            bytes += ranges[first + count].File.Span.Length + 4;
            count++;
        }

        return count;
    }

    private static bool GoesByName(RemoteRange range) => range.WholeFile && range.Length <= LargestByName && !range.File.Span.ContainsAny((byte)'\n', (byte)'\\', (byte)'\r');

    // All or nothing: with one unreadable file the lines could shift by one, so then each is asked for alone.
    private static void AppendByName(MemoryStream script, HashTool tool, IReadOnlyList<RemoteRange> ranges, int first, int count)
    {
        Write(script, "if o=$(");
        Write(script, tool.Command);
        for (int number = first; number < first + count; number++)
        {
            Write(script, " ");
            script.Write(Word(ranges[number].File));
        }

        Write(script, string.Create(CultureInfo.InvariantCulture, $" 2>/dev/null); then printf 'run %s\\n%s\\nend\\n' {first} \"$o\"\nelse\n"));
        for (int number = first; number < first + count; number++)
        {
            AppendOne(script, tool, ranges[number], number);
        }

        Write(script, "fi\n");
    }

    private static void AppendOne(MemoryStream script, HashTool tool, RemoteRange range, int number)
    {
        byte[] file = Word(range.File);
        Write(script, string.Create(CultureInfo.InvariantCulture, $"h=$("));
        if (range.WholeFile)
        {
            Write(script, tool.Command);
            Write(script, " 2>/dev/null <");
            script.Write(file);
        }
        else
        {
            Write(script, "dd if=");
            script.Write(file);
            Write(script, string.Create(
                CultureInfo.InvariantCulture, $" bs={Block} skip={range.Offset / Block} count={(range.Length + Block - 1) / Block} 2>/dev/null | {tool.Command} 2>/dev/null"));
        }

        Write(script, string.Create(CultureInfo.InvariantCulture, $"); printf '%s %s\\n' {number} \"$h\"\n"));
    }

    private static int ReadNumber(ReadOnlySpan<byte> digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1;

    private static void Write(MemoryStream script, string text) => script.Write(Encoding.UTF8.GetBytes(text));
}

/// <summary>A program on the vessel that hashes; proved on known input when the vessel was connected.</summary>
/// <param name="Name">For people.</param>
/// <param name="Command">Reads standard input, or the files named after it.</param>
/// <param name="ByName">Whether the hash stands first in the line also when files are named.</param>
/// <param name="UsesCpu">Whether it uses the CPU's instructions for SHA-256 where there are any.</param>
internal sealed record HashTool(string Name, string Command, bool ByName = true, bool UsesCpu = false);
