using System.Text;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>What the first look at a vessel finds: who we are there, and whether its shell sees what SFTP sees.</summary>
internal sealed class VesselProbe(SshLane lane, VesselShell shell, RemoteDirectories directories, VesselMemory memory)
{
    private SftpStatusException? _refusal;

    /// <summary>Our user id on the vessel, or null where the server does not tell.</summary>
    public int? UserId { get; private set; }

    /// <summary>Why the shell cannot be used, or null.</summary>
    public string? ShellProblem { get; private set; }

    /// <summary>
    /// Makes a small random file beside the first destination that takes one (else in the login directory), reads it through the shell, removes it.
    /// Made while the shell is still being dialled, and in few round trips.
    /// </summary>
    public async Task RunAsync(Task<RemoteShell> dialled, CancellationToken cancellationToken)
    {
        await RemoveLostAsync(cancellationToken).ConfigureAwait(false);
        string content = PartName.NewId();
        BytePath? probe = null;
        foreach (BytePath directory in directories.Roots.Append(default))
        {
            probe = await MakeAsync(PartName.Sibling(directory.Join(BytePath.FromText("contentmonster-probe")), PartName.NewId()), content, cancellationToken).ConfigureAwait(false);
            if (probe is not null)
            {
                break;
            }
        }

        if (probe is not BytePath made)
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

        try
        {
            ShellProblem = await shell.ProveAsync(dialled, made, content, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (lane.Client.Broken is null && !shell.RemovedProbe)
            {
                await lane.Client.RemoveAsync(made.Bytes, CancellationToken.None).ConfigureAwait(false);
            }

            memory.LostProbe = lane.Client.Broken is null || shell.RemovedProbe ? null : memory.LostProbe;
        }
    }

    // What an earlier connection left when it broke at this very point: nobody else knows its name.
    private async Task RemoveLostAsync(CancellationToken cancellationToken)
    {
        if (memory.LostProbe is not BytePath lost)
        {
            return;
        }

        try
        {
            await lane.Client.RemoveAsync(lost.Bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpStatusException)
        {
            // It had not been made, or was removed after all.
        }

        memory.LostProbe = null;
    }

    private async Task<BytePath?> MakeAsync(BytePath file, string content, CancellationToken cancellationToken)
    {
        bool made = false;
        memory.LostProbe = file;
        try
        {
            SftpHandle handle = await lane.CreateAsync(file).ConfigureAwait(false);
            made = true;

            // One after another on the way, their answers awaited together.
            Task written = lane.Client.WriteAsync(handle, 0, Encoding.ASCII.GetBytes(content), cancellationToken);
            Task<SftpAttributes?> looked = lane.Client.LinkStatAsync(file.Bytes, cancellationToken);
            Task closed = lane.Client.CloseAsync(handle, cancellationToken);
            await Task.WhenAll(written, looked, closed).ConfigureAwait(false);
            UserId = (await looked.ConfigureAwait(false))?.UserId;
            return file;
        }
        catch (SftpStatusException exception)
        {
            // Not writable: the files that go there will say so themselves, each with its own words.
            _refusal ??= exception.Status == SftpStatus.Failure ? exception : null;
            if (made)
            {
                await lane.Client.RemoveAsync(file.Bytes, CancellationToken.None).ConfigureAwait(false);
            }

            memory.LostProbe = null;
            return null;
        }
        catch (VesselException failure) when (!failure.IsOfTheLink)
        {
            // Something stands where a directory of this place should be: that is no matter of the others.
            memory.LostProbe = null;
            return null;
        }
    }
}
