using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Watching;

/// <summary>What is not sent, said once and taken back when it no longer holds.</summary>
internal sealed class Refusals(string directory, ILedger ledger, ILogger logger, int mostRemembered)
{
    private const int Page = 1000;

    // Only a memory of what the ledger holds, to spare it a question for every file that goes. Null: too many, so each may be one.
    private HashSet<BytePath>? _paths = [];

    public static string? Reason(ShoreEntryKind kind) => kind switch
    {
        ShoreEntryKind.Regular or ShoreEntryKind.Directory => null,
        ShoreEntryKind.SymbolicLink => "it is a symbolic link, and links are never followed: put the file itself here",
        ShoreEntryKind.Fifo => "it is a named pipe, not a file",
        ShoreEntryKind.Socket => "it is a socket, not a file",
        ShoreEntryKind.Device => "it is a device, not a file",
        _ => "it is not a regular file",
    };

    /// <summary>Null where time may mend it.</summary>
    public static string? Reason(ShoreException trouble) => trouble.Failure switch
    {
        ShoreFailure.PermissionDenied => "it can't be read: let the user that runs contentmonster read it, and enter the directories above it",
        ShoreFailure.ForeignHardLink => "it is a hard link to a file of another owner than the directory's: copy the file, or change its owner",
        ShoreFailure.SymbolicLink => Reason(ShoreEntryKind.SymbolicLink),
        ShoreFailure.NotARegularFile => Reason(ShoreEntryKind.Unknown),
        ShoreFailure.TooLong => "its name or path is too long: shorten it",
        _ => null,
    };

    /// <summary>Null, or why a file of this size is not sent.</summary>
    public static string? TooLarge(long sizeInBytes) => sizeInBytes <= FileVersion.MostBytes ? null
        : $"its size is {SizeText.Of(sizeInBytes)}, and no more than {SizeText.Of(FileVersion.MostBytes)} is sent: is it a sparse file that was made so by mistake?";

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await foreach (BytePath path in AllAsync(cancellationToken).ConfigureAwait(false))
        {
            Remember(path);
        }
    }

    public async Task RefuseAsync(BytePath path, string reason, CancellationToken cancellationToken)
    {
        Remember(path);
        if (await ledger.RefuseAsync(directory, path, reason, cancellationToken).ConfigureAwait(false))
        {
            logger.Refused(directory, path, reason);
        }
    }

    /// <summary>All together, so that they share the ledger's commit.</summary>
    public Task RefuseAsync(IEnumerable<(BytePath Path, string Reason)> refused, CancellationToken cancellationToken) =>
        Task.WhenAll(refused.Select(one => RefuseAsync(one.Path, one.Reason, cancellationToken)));

    /// <summary>False: it is not refused.</summary>
    public bool MayHold(BytePath path) => _paths is null || _paths.Contains(path);

    public async Task AdmitAsync(BytePath path, CancellationToken cancellationToken)
    {
        if (_paths is null || _paths.Remove(path))
        {
            await ledger.AdmitAsync(directory, path, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The ledger cleared its refusal by itself.</summary>
    public void Forget(BytePath path) => _paths?.Remove(path);

    public async IAsyncEnumerable<BytePath> AllAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BytePath? after = null;
        IReadOnlyList<BytePath> page;
        do
        {
            page = await ledger.RefusedPathsAsync(directory, after, Page, cancellationToken).ConfigureAwait(false);
            foreach (BytePath path in page)
            {
                yield return path;
                after = path;
            }
        }
        while (page.Count == Page);
    }

    private void Remember(BytePath path)
    {
        if (_paths is not null && _paths.Add(path) && _paths.Count > mostRemembered)
        {
            _paths = null;
        }
    }
}
