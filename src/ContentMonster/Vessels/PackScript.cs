using System.Globalization;
using System.Text;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>
/// The scripts that unpack small files on the vessel, hash them and put them into place, several packs in one. Implementation notes.
/// <para>Each pack runs in a sub-shell and ends with a line of its own: one that fails takes no other with it, and nothing is believed of one that
/// has no such line.</para>
/// <para>Unpacked is into a new folder of mode 0700 beside the destinations, so nobody else reads, swaps or links what is not published, and every
/// rename is within one file system. tar sets time and mode; -o leaves the owner as the login user.</para>
/// <para>Hashed is the unpacked file itself. Published: one sync of the file system, the destinations looked at (absent or a regular file), one mv
/// for all, and a sync again for the names.</para>
/// </summary>
internal static class PackScript
{
    /// <summary>What may be in a name: hash tools escape line breaks and backslashes in what they print.</summary>
    public static bool Takes(ReadOnlySpan<byte> name) => !name.ContainsAny((byte)'\n', (byte)'\\', (byte)'\r') && !name.Contains((byte)0);

    /// <summary>Prints a line "pack N" for each pack, its files' hashes line by line, and "whole N" at the end of one that is all there.</summary>
    public static byte[] Unpack(IReadOnlyList<PackContent> packs, HashTool tool)
    {
        using var script = new MemoryStream();
        for (int number = 0; number < packs.Count; number++)
        {
            PackContent pack = packs[number];
            Write(script, $"printf 'pack {number}\\n'\n(umask 077; cd ");
            script.Write(Directory(pack.Layout.Directory));
            Write(script, " && mkdir ");
            script.Write(HashScript.Word(pack.Layout.Folder.Name));
            Write(script, " && cd ");
            script.Write(HashScript.Word(pack.Layout.Folder.Name));
            Write(script, " && tar -xpof ");
            script.Write(ShellQuote.Quote([.. "../"u8, .. pack.Layout.Archive.Name.Span]));
            Write(script, $" && {tool.Command}");
            WriteNames(script, pack);
            Write(script, $" && printf 'whole {number}\\n'\n) 2>/dev/null\n");
        }

        return script.ToArray();
    }

    /// <summary>The hashes of each pack's files, in order; null for a pack of which anything is missing.</summary>
    public static IReadOnlyList<byte[][]?> ReadUnpacked(IReadOnlyList<PackContent> packs, ReadOnlySpan<byte> output)
    {
        var hashes = new byte[][]?[packs.Count];
        var found = new List<byte[]>();
        int current = -1;
        foreach (Range range in output.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = output[range];
            if (line.StartsWith("pack "u8))
            {
                (current, found) = (Number(line[5..], packs.Count), []);
            }
            else if (line.StartsWith("whole "u8))
            {
                if (current >= 0 && Number(line[6..], packs.Count) == current && found.Count == packs[current].Names.Count)
                {
                    hashes[current] = [.. found];
                }

                current = -1;
            }
            else if (HashScript.DigestIn(line) is { } digest)
            {
                found.Add(digest);
            }
        }

        return hashes;
    }

    /// <summary>Prints "done N" for each pack whose files are all in their places, durably.</summary>
    public static byte[] Publish(IReadOnlyList<PackContent> packs)
    {
        using var script = new MemoryStream();
        Write(script, "sync -f");
        foreach (BytePath directory in packs.Select(pack => pack.Layout.Directory).Distinct())
        {
            script.WriteByte((byte)' ');
            script.Write(Directory(directory));
        }

        Write(script, " 2>&1 || exit 8\n");
        for (int number = 0; number < packs.Count; number++)
        {
            PackContent pack = packs[number];
            Write(script, "(cd ");
            script.Write(HashScript.Word(pack.Layout.Folder));
            Write(script, " || exit 9\nset --");
            WriteNames(script, pack);
            Write(script, "\nfor f do if [ -L \"../$f\" ] || { [ -e \"../$f\" ] && [ ! -f \"../$f\" ]; }; then exit 9; fi; done\nmv -f \"$@\" ../ && sync -f .. && cd .. && rmdir ");
            script.Write(HashScript.Word(pack.Layout.Folder.Name));
            Write(script, " && rm -f ");
            script.Write(HashScript.Word(pack.Layout.Archive.Name));
            Write(script, $" && printf 'done {number}\\n'\n) 2>/dev/null\n");
        }

        // The last pack's failure is no failure of the script.
        Write(script, ":\n");
        return script.ToArray();
    }

    /// <summary>Whether each pack is in place.</summary>
    public static IReadOnlyList<bool> ReadPublished(IReadOnlyList<PackContent> packs, ReadOnlySpan<byte> output)
    {
        var done = new bool[packs.Count];
        foreach (Range range in output.Split((byte)'\n'))
        {
            if (output[range].StartsWith("done "u8) && Number(output[range][5..], packs.Count) is >= 0 and var number)
            {
                done[number] = true;
            }
        }

        return done;
    }

    private static void WriteNames(MemoryStream script, PackContent pack)
    {
        foreach (BytePath name in pack.Names)
        {
            script.WriteByte((byte)' ');
            script.Write(HashScript.Word(name));
        }
    }

    private static byte[] Directory(BytePath directory) => directory.IsEmpty ? "."u8.ToArray() : HashScript.Word(directory);

    private static int Number(ReadOnlySpan<byte> digits, int count) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < count ? number : -1;

    private static void Write(MemoryStream script, string text) => script.Write(Encoding.ASCII.GetBytes(text));
}
