using System.Globalization;
using System.Text;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>
/// The scripts that unpack small files on the vessel, hash them and put them into place, several packs in one. Implementation notes.
/// <para>Unpacking and moving of each pack run in a sub-shell, and a pack that is in place has a line of its own: one that fails there takes no other
/// with it. Where a folder cannot be made, or the file system not be synced, none is delivered.</para>
/// <para>A pack whose end is awaited is whole when the archive has its length, for it is written from its begin to its end. Where one is not in time
/// the script ends before its first step.</para>
/// <para>One script for all steps, with the hashes that must come out: over a satellite each further one would be half a second. A program started
/// costs more than the bytes of a pack: what can be done for all packs at once is.</para>
/// <para>Unpacked is into a new folder of mode 0700 beside the destinations (where one of that name is there already nothing is unpacked), so nobody
/// else reads, swaps or links what is not published, and every rename is within one file system. tar sets time and mode; -o leaves the owner as the
/// login user.</para>
/// <para>Hashed is the unpacked file itself. Published are packs that are right to the last file: one sync of the file system, the destinations
/// looked at (absent or a regular file), one mv for each pack, a look that none has stayed where it was, and a sync again for the names.</para>
/// </summary>
internal static class PackScript
{
    // Tenths of a second, for all of a script: a lost segment or two of a satellite's.
    private const int MostAwaiting = 50;

    /// <summary>What may be in a name: hash tools escape line breaks and backslashes in what they print.</summary>
    public static bool Takes(ReadOnlySpan<byte> name) => !name.ContainsAny((byte)'\n', (byte)'\\', (byte)'\r') && !name.Contains((byte)0);

    /// <summary>Prints "done N" for each pack whose files had the right hashes and are all in their places, durably; or "late", if one did not come whole.</summary>
    public static byte[] Deliver(IReadOnlyList<PackContent> packs, HashTool tool)
    {
        using var script = new MemoryStream();
        Write(script, "umask 077\nright= moved= waited=0\n");
        foreach (PackContent pack in packs.Where(static pack => pack.AwaitedBytes > 0))
        {
            WriteAwaiting(script, pack);
        }

        Write(script, "mkdir");
        WriteWords(script, packs.Select(pack => pack.Layout.Folder));
        Write(script, " 2>/dev/null || exit 8\n");
        for (int number = 0; number < packs.Count; number++)
        {
            WriteUnpacking(script, packs[number], tool);
            Write(script, $" 2>/dev/null && right=\"$right {number} \"\n");
        }

        byte[] directories = [.. packs.Select(pack => pack.Layout.Directory).Distinct().SelectMany(directory => new[] { (byte)' ' }.Concat(Directory(directory)))];
        Write(script, "if [ -n \"$right\" ]; then sync -f");
        script.Write(directories);
        Write(script, " 2>&1 || exit 8; fi\n");
        for (int number = 0; number < packs.Count; number++)
        {
            Write(script, $"case $right in *' {number} '*) ");
            WriteMoving(script, packs[number]);
            Write(script, $" 2>/dev/null && moved=\"$moved {number} \" ;; esac\n");
        }

        Write(script, "if [ -n \"$moved\" ]; then sync -f");
        script.Write(directories);
        Write(script, " 2>&1 || exit 8; fi\nrmdir");
        WriteWords(script, packs.Select(pack => pack.Layout.Folder));
        Write(script, " 2>/dev/null\nrm -f");
        WriteWords(script, packs.Select(pack => pack.Layout.Archive));
        Write(script, " 2>/dev/null\nfor n in $moved; do printf 'done %s\\n' \"$n\"; done\n:\n");
        return script.ToArray();
    }

    /// <summary>Whether each pack is in place; null: none was begun.</summary>
    public static IReadOnlyList<bool?> Read(IReadOnlyList<PackContent> packs, ReadOnlySpan<byte> output)
    {
        if (output.SequenceEqual("late\n"u8))
        {
            return new bool?[packs.Count];
        }

        bool?[] done = [.. packs.Select(static _ => (bool?)false)];
        foreach (Range range in output.Split((byte)'\n'))
        {
            if (output[range].StartsWith("done "u8) && Number(output[range][5..], packs.Count) is >= 0 and var number)
            {
                done[number] = true;
            }
        }

        return done;
    }

    // Without wc nothing is waited for. A sleep that takes whole seconds only says so at once.
    private static void WriteAwaiting(MemoryStream script, PackContent pack)
    {
        Write(script, "command -v wc >/dev/null 2>&1 || { echo late; exit 0; }\nuntil [ \"$(wc -c <");
        script.Write(HashScript.Word(pack.Layout.Archive));
        Write(script, string.Create(CultureInfo.InvariantCulture, $")\" -ge {pack.AwaitedBytes} ]; do if [ $waited -ge {MostAwaiting} ]; then echo late; exit 0; fi\n"));
        Write(script, "sleep 0.1 && waited=$((waited + 1)) || { sleep 1; waited=$((waited + 10)); }; done 2>/dev/null\n");
    }

    private static void WriteUnpacking(MemoryStream script, PackContent pack, HashTool tool)
    {
        // busybox's tar takes the umask from the archive's modes for everybody but root, whatever -p says. Nobody else comes into the folder.
        Write(script, "(umask 0; cd ");
        script.Write(HashScript.Word(pack.Layout.Folder));
        Write(script, " && tar -xpof ");
        script.Write(ShellQuote.Quote([.. "../"u8, .. pack.Layout.Archive.Name.Span]));

        // The hash stands first in every line; of a file that cannot be read there is none.
        Write(script, $" && [ \"$({tool.Command}");
        WriteWords(script, pack.Files.Select(file => file.Name));
        Write(script, " | cut -c 1-64)\" = '");
        Write(script, string.Join('\n', pack.Files.Select(file => Convert.ToHexStringLower(file.Sha256))));
        Write(script, "' ])");
    }

    private static void WriteMoving(MemoryStream script, PackContent pack)
    {
        Write(script, "(cd ");
        script.Write(HashScript.Word(pack.Layout.Folder));
        Write(script, " || exit 9\nset --");
        WriteWords(script, pack.Files.Select(file => file.Name));
        Write(script, "\nfor f do if [ -L \"../$f\" ] || { [ -e \"../$f\" ] && [ ! -f \"../$f\" ]; }; then exit 9; fi; done\nmv -f \"$@\" ../ || exit 9\nfor f do [ ! -e \"$f\" ] || exit 9; done)");
    }

    private static void WriteWords(MemoryStream script, IEnumerable<BytePath> paths)
    {
        foreach (BytePath path in paths)
        {
            script.WriteByte((byte)' ');
            script.Write(HashScript.Word(path));
        }
    }

    private static byte[] Directory(BytePath directory) => directory.IsEmpty ? "."u8.ToArray() : HashScript.Word(directory);

    private static int Number(ReadOnlySpan<byte> digits, int count) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < count ? number : -1;

    private static void Write(MemoryStream script, string text) => script.Write(Encoding.ASCII.GetBytes(text));
}
