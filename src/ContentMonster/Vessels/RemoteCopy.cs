using System.Text;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>Copying on the vessel itself: chunks joined by cat, or a whole file moved to another file system.</summary>
internal static class RemoteCopy
{
    /// <summary>Empties <paramref name="joined"/> and appends the pieces one by one; ends with status 9 and cat's words at the first that fails.</summary>
    public static byte[] JoinScript(IReadOnlyList<BytePath> pieces, BytePath joined)
    {
        using var script = new MemoryStream();
        byte[] target = HashScript.Word(joined);
        void Write(string text) => script.Write(Encoding.ASCII.GetBytes(text));

        // A sub-shell: its exit must not end the shell that runs every script.
        Write("(\n: >");
        script.Write(target);
        Write(" || exit 9\n");
        foreach (BytePath piece in pieces)
        {
            Write("cat ");
            script.Write(HashScript.Word(piece));
            Write(" >>");
            script.Write(target);
            Write(" || exit 9\n");
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
