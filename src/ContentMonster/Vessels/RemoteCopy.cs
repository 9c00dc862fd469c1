using System.Text;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>Copying on the vessel itself: chunks joined by cat, or a whole file moved to another file system.</summary>
internal static class RemoteCopy
{
    /// <summary>
    /// Puts the pieces one by one into a new <paramref name="joined"/>, with an empty line for each; ends with status 9 and cat's words at the first that fails. The old file of
    /// that name is removed and the new one opened once: the shell of a connection that broke may still be joining, and must be left with a
    /// file that has no name any more.
    /// </summary>
    public static byte[] JoinScript(IReadOnlyList<BytePath> pieces, BytePath joined)
    {
        using var script = new MemoryStream();
        byte[] target = HashScript.Word(joined);
        void Write(string text) => script.Write(Encoding.ASCII.GetBytes(text));

        // A sub-shell: its exit must not end the shell that runs every script. -C: made by nobody else in between.
        Write("(\numask 077\nset -C\nrm -f ");
        script.Write(target);
        Write(" || exit 9\nexec 3>");
        script.Write(target);
        Write(" || exit 9\n");
        foreach (BytePath piece in pieces)
        {
            Write("cat ");
            script.Write(HashScript.Word(piece));
            Write(" >&3 || exit 9\necho\n");
        }

        Write(") 2>&1\n");
        return script.ToArray();
    }

    /// <summary>copy-data from one file into another that is there already.</summary>
    public static async Task<bool> ByServerAsync(SftpClient client, BytePath from, BytePath to, TimeSpan patience, CancellationToken cancellationToken)
    {
        SftpHandle source = await client.OpenAsync(from.Bytes, SftpOpenModes.Read, null, cancellationToken).ConfigureAwait(false);
        SftpHandle target = await client.OpenAsync(to.Bytes, SftpOpenModes.Write | SftpOpenModes.Truncate, null, cancellationToken).ConfigureAwait(false);
        await client.CopyDataAsync(source, 0, 0, target, 0, patience, cancellationToken).ConfigureAwait(false);
        await client.CloseAsync(target, cancellationToken).ConfigureAwait(false);
        await client.CloseAsync(source, cancellationToken).ConfigureAwait(false);
        return true;
    }
}
