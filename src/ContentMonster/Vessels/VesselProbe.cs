using System.Text;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>
/// What the first look at a vessel finds: who we are there, and whether its shell sees what SFTP sees. Implementation notes.
/// <para>The look takes a small file that is removed at once. Its name is booked before it is made, so that the next visit sweeps what a killed daemon
/// or a broken connection left; and it is crossed out once the file is gone for good, which nobody waits for.</para>
/// <para>Beside that it asks for its file by a name in capitals: where that is there too, two files whose names differ in nothing but case are one.</para>
/// <para>One task after another comes here: the one that connects, the one that explores, the one that closes.</para>
/// </summary>
internal sealed class VesselProbe(VesselShell shell, RemoteDirectories directories, VesselMemory memory, IReadOnlyList<BytePath> watched, TimeSpan syncPatience, TimeProvider time)
{
    // Some round trips over a satellite. What is not crossed out by then is swept for nothing once.
    public static readonly TimeSpan SettlePatience = TimeSpan.FromSeconds(2);

    // One for each place that may take it.
    private readonly BytePath[] _names = Named(directories.Roots.Append(default));

    private readonly List<BytePath> _absent = []; // booked, and surely not on the vessel
    private Task<bool> _booked = Task.FromResult(true);
    private Task _tidied = Task.CompletedTask;
    private SftpStatusException? _refusal;

    /// <summary>Our user id on the vessel, or null where the server does not tell.</summary>
    public int? UserId { get; private set; }

    /// <summary>The place whose file system does not tell upper from lower case, or null.</summary>
    public BytePath? FoldsCase { get; private set; }

    /// <summary>Why the shell cannot be used, or null.</summary>
    public string? ShellProblem { get; private set; }

    /// <summary>Told in which place it begins to make its file (empty: where the login begins), and null when that is over.</summary>
    public Action<BytePath?> LooksAt { private get; init; } = static _ => { };

    /// <summary>Whether it may make a file of this name.</summary>
    public bool Owns(BytePath part) => _names.Contains(part);

    /// <summary>Begins to book the name in the place that most likely takes it: while the vessel is being dialled nothing waits for that.</summary>
    public void Book() => _booked = BookAsync(_names[0]);

    /// <summary>
    /// Makes a small random file beside the first destination that takes one (else in the login directory), reads it through the shell, removes it.
    /// Made while the shell is still being dialled, and in few round trips.
    /// </summary>
    public async Task RunAsync(SshLane lane, Task<RemoteShell> dialled, CancellationToken cancellationToken)
    {
        string content = PartName.NewId();
        if (await MakeSomewhereAsync(lane, content, cancellationToken).ConfigureAwait(false) is not BytePath made)
        {
            await ((Task)dialled).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_refusal is not null)
            {
                // Most likely a full disk. To go on without proofs, because there is no room for one, would be the wrong end of it.
                throw _refusal;
            }

            ShellProblem = "no destination could be written to prove that the shell sees the same files as SFTP";
            return;
        }

        bool looked = false;
        try
        {
            ThrowIfOurs(made);
            ShellProblem = await shell.ProveAsync(dialled, made, content, cancellationToken).ConfigureAwait(false);
            looked = true;
        }
        finally
        {
            if (lane.Client.Broken is null && (shell.RemovedProbe || await IsRemovedAsync(lane.Client, made, hasFailed: !looked).ConfigureAwait(false)))
            {
                _tidied = TidyAsync(lane.Client, made);
            }
        }
    }

    /// <summary>Gives what is still to be done over the connection a moment, before that is closed.</summary>
    public async Task SettleAsync() => await _tidied.WaitAsync(SettlePatience, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>After the connection was closed.</summary>
    public async Task EndAsync()
    {
        await _tidied.ConfigureAwait(false);
        await CrossOutAsync().ConfigureAwait(false);
    }

    // Why the look failed is the truer word than that its file stays; the next visit removes that by its name.
    private static async Task<bool> IsRemovedAsync(SftpClient client, BytePath made, bool hasFailed)
    {
        try
        {
            await client.RemoveAsync(made.Bytes, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (SftpStatusException gone) when (gone.Status == SftpStatus.NoSuchFile)
        {
            return true; // The vessel's own programs took it.
        }
        catch (Exception failure) when (hasFailed && failure is IOException or ObjectDisposedException)
        {
            return false;
        }
    }

    private static BytePath[] Named(IEnumerable<BytePath> places) =>
        [.. places.Select(place => PartName.Sibling(place.Join(BytePath.FromText("contentmonster-probe")), PartName.NewId()))];

    // The name is unguessable: where it is to be seen on the shore as well, that directory is the same. What is published there would be new, and go for ever.
    private void ThrowIfOurs(BytePath made)
    {
        if (watched.FirstOrDefault(location => made.Parent == location) is { IsEmpty: false } ours && File.Exists(made.ToString()))
        {
            throw new VesselException(FailureKind.Unsupported, $"Could not deliver into {ours}, because on the vessel that is the watched directory of the shore itself: it would send to itself for ever. Set RemoteLocation to another one.");
        }
    }

    private async Task<BytePath?> MakeSomewhereAsync(SshLane lane, string content, CancellationToken cancellationToken)
    {
        foreach (BytePath name in _names)
        {
            if (name != _names[0])
            {
                _booked = BookAsync(name);
            }

            if (!await _booked.WaitAsync(cancellationToken).ConfigureAwait(false))
            {
                throw new VesselException(FailureKind.ShoreSetup, "Could not look around on the vessel, because the ledger cannot be written (the log says why): a file left behind there would be known to nobody.");
            }

            LooksAt(name.Parent);
            if (await MakeAsync(lane, name, content, cancellationToken).ConfigureAwait(false))
            {
                LooksAt(null);
                return name;
            }
        }

        LooksAt(null);
        return null;
    }

    private async Task<bool> MakeAsync(SshLane lane, BytePath file, string content, CancellationToken cancellationToken)
    {
        bool made = false;
        _absent.Remove(file);
        try
        {
            SftpHandle handle = await lane.CreateAsync(file).ConfigureAwait(false);
            made = true;

            // One after another on the way, their answers awaited together.
            Task written = lane.Client.WriteAsync(handle, 0, Encoding.ASCII.GetBytes(content), cancellationToken);
            Task<SftpAttributes?> looked = lane.Client.LinkStatAsync(file.Bytes, cancellationToken);
            Task<bool> folds = IsThereAsync(lane.Client, InCapitals(file), cancellationToken);
            Task closed = lane.Client.CloseAsync(handle, cancellationToken);
            await Task.WhenAll(written, looked, folds, closed).ConfigureAwait(false);
            FoldsCase = await folds.ConfigureAwait(false) ? file.Parent : null;
            UserId = (await looked.ConfigureAwait(false))?.UserId;
            return true;
        }
        catch (SftpStatusException exception)
        {
            // Not writable: the files that go there will say so themselves, each with its own words.
            _refusal ??= exception.Status == SftpStatus.Failure ? exception : null;
            if (made)
            {
                await IsRemovedAsync(lane.Client, file, hasFailed: true).ConfigureAwait(false);
                return false;
            }
        }
        catch (VesselException failure) when (!failure.IsOfTheLink)
        {
            // Something stands where a directory of this place should be: that is no matter of the others.
        }

        _absent.Add(file);
        return false;
    }

    // The directory keeps its name: another one may stand there in capitals.
    private static BytePath InCapitals(BytePath file) => file.Parent.Join(new([.. file.Name.Bytes.Select(static one => one is >= (byte)'a' and <= (byte)'z' ? (byte)(one - ('a' - 'A')) : one)]));

    private static async Task<bool> IsThereAsync(SftpClient client, BytePath file, CancellationToken cancellationToken)
    {
        try
        {
            return await client.LinkStatAsync(file.Bytes, cancellationToken).ConfigureAwait(false) is not null;
        }
        catch (SftpStatusException)
        {
            return false; // Not told: no reason to do without the vessel.
        }
    }

    private Task<bool> BookAsync(BytePath name)
    {
        if (memory.Litter is not { } litter)
        {
            return Task.FromResult(true);
        }

        _absent.Add(name);
        return litter.Add(name);
    }

    // Never faults. What a power cut of the vessel brought back after its name was crossed out would be known to nobody.
    private async Task TidyAsync(SftpClient client, BytePath removed)
    {
        if (memory.Litter is null || client.Broken is not null)
        {
            return;
        }

        try
        {
            if (client.Server.Has("fsync@openssh.com"))
            {
                await RemoteSweep.SyncAsync(client, removed.Parent, syncPatience, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException)
        {
            // The next visit removes it once more by its name.
            return;
        }

        _absent.Add(removed);
        await CrossOutAsync().ConfigureAwait(false);
    }

    private async Task CrossOutAsync()
    {
        await _booked.ConfigureAwait(false);
        BytePath[] absent = [.. _absent];
        _absent.Clear();
        if (memory.Litter is { } litter && absent.Length > 0)
        {
            await litter.Remove(absent).ConfigureAwait(false);
        }
    }
}
