using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>Makes missing directories on the vessel and remembers whose entries are not durable yet.</summary>
internal sealed class RemoteDirectories(IReadOnlyList<BytePath> roots)
{
    /// <summary>0775 before the server's umask: who may write there beyond owner and group could swap what we publish.</summary>
    private const int DirectoryMode = 0x1FD;

    private readonly HashSet<BytePath> _unsynced = []; // guarded by itself

    /// <summary>Where files end up: the places to ask for free space.</summary>
    public IReadOnlyList<BytePath> Roots => roots;

    /// <summary>mkdir -p. Errors are <see cref="SftpStatusException"/> of the element that could not be made.</summary>
    public async Task MakeAsync(SftpClient client, BytePath directory, CancellationToken cancellationToken)
    {
        if (directory.IsEmpty || await IsThereAsync(client, directory, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        BytePath parent = directory.Parent;
        if (parent != directory)
        {
            await MakeAsync(client, parent, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            await client.MakeDirectoryAsync(directory.Bytes, DirectoryMode, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpStatusException exception) when (exception.Status == SftpStatus.Failure)
        {
            // Made by somebody else in between, perhaps by one of our own lanes.
            if (!await IsThereAsync(client, directory, cancellationToken).ConfigureAwait(false))
            {
                throw;
            }
        }

        lock (_unsynced)
        {
            _unsynced.Add(parent);
        }
    }

    /// <summary>Directories with entries made since the last call; they are the caller's to make durable.</summary>
    public IReadOnlyList<BytePath> TakeUnsynced()
    {
        lock (_unsynced)
        {
            BytePath[] taken = [.. _unsynced];
            _unsynced.Clear();
            return taken;
        }
    }

    private static async Task<bool> IsThereAsync(SftpClient client, BytePath directory, CancellationToken cancellationToken) =>
        await client.StatAsync(directory.Bytes, cancellationToken).ConfigureAwait(false) is { Type: SftpFileType.Directory };
}
