using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>Makes missing directories on the vessel and remembers whose entries are not durable yet.</summary>
/// <param name="roots">Where files end up.</param>
/// <param name="vessel">Its name in the settings.</param>
/// <param name="tempFolder">This shore's folder in TempDir; null: unfinished files lie beside their destinations.</param>
internal sealed class RemoteDirectories(IReadOnlyList<BytePath> roots, string vessel, BytePath? tempFolder)
{
    /// <summary>0775 before the server's umask: who may write there beyond owner and group could swap what we publish.</summary>
    private const int DirectoryMode = 0x1FD;

    // With how many entries were made in each so far. Guarded by itself.
    private readonly Dictionary<BytePath, int> _unsynced = [];
    private int _made; // guarded by _unsynced

    /// <summary>But those at which the server hangs.</summary>
    public IReadOnlyList<BytePath> Roots => [.. roots.Where(root => !Hangs(root))];

    /// <summary>Whether nothing is to be asked about a place for now.</summary>
    public Predicate<BytePath> Hangs { private get; init; } = static _ => false;

    /// <summary>Where we write: the places to ask for free space.</summary>
    public IReadOnlyList<BytePath> Places => Temp is null ? Roots : [.. Roots, Temp.Folder];

    /// <summary>Null: unfinished files lie beside their destinations.</summary>
    public TempDirGuard? Temp { get; } = tempFolder is BytePath folder ? new TempDirGuard(vessel, folder) : null;

    /// <summary>What watches over a directory: null unless it is our folder in TempDir.</summary>
    public TempDirGuard? GuardOf(BytePath directory) => Temp?.Folder == directory ? Temp : null;

    /// <summary>Looks once more at where an unfinished file lies, if that is our folder in TempDir; as of <see cref="TempDirGuard.ConfirmAsync"/>.</summary>
    public Task ConfirmAsync(SftpClient client, BytePath part) => GuardOf(part.Parent)?.ConfirmAsync(client) ?? Task.CompletedTask;

    /// <summary>
    /// The handle of an open that is under way, once it is known to be in our folder: TempDir may have become somebody else's since it was looked at. Elsewhere it
    /// is just awaited.
    /// </summary>
    public async Task<SftpHandle> ConfirmedAsync(SftpClient client, BytePath part, Task<SftpHandle> opening)
    {
        Task confirming = ConfirmAsync(client, part);
        await Task.WhenAll(opening, confirming).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        SftpHandle handle = await opening.ConfigureAwait(false);
        try
        {
            await confirming.ConfigureAwait(false);
            return handle;
        }
        catch
        {
            await client.CloseAsync(handle, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    /// <summary>mkdir -p. Errors are <see cref="SftpStatusException"/> of the element that could not be made.</summary>
    public async Task MakeAsync(SftpClient client, BytePath directory, CancellationToken cancellationToken)
    {
        if (GuardOf(directory) is { } guard)
        {
            await guard.PrepareAsync(client, cancellationToken).ConfigureAwait(false);
            return;
        }

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
            SftpAttributes? there = await client.StatAsync(directory.Bytes, cancellationToken).ConfigureAwait(false);
            if (there is null)
            {
                throw;
            }

            if (there.Type != SftpFileType.Directory)
            {
                throw new VesselException(FailureKind.ParentRefused, $"Could not make the directory {directory} on {vessel}, because there is {RemoteKinds.Of(there.Type).InWords()} of that name.", exception);
            }
        }

        lock (_unsynced)
        {
            _unsynced[parent] = ++_made;
        }
    }

    /// <summary>Directories with entries that are not durable yet.</summary>
    public IReadOnlyList<(BytePath Directory, int Made)> Unsynced()
    {
        lock (_unsynced)
        {
            return [.. _unsynced.Select(static pair => (pair.Key, pair.Value))];
        }
    }

    /// <summary>An fsync that began after <see cref="Unsynced"/> has succeeded; what was made there since is not durable by it.</summary>
    public void Synced((BytePath Directory, int Made) entry)
    {
        lock (_unsynced)
        {
            if (_unsynced.GetValueOrDefault(entry.Directory) == entry.Made)
            {
                _unsynced.Remove(entry.Directory);
            }
        }
    }

    private static async Task<bool> IsThereAsync(SftpClient client, BytePath directory, CancellationToken cancellationToken) =>
        await client.StatAsync(directory.Bytes, cancellationToken).ConfigureAwait(false) is { Type: SftpFileType.Directory };
}
