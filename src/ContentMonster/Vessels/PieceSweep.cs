using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>
/// Removes chunk files from the folder in TempDir, for many at once: to find them the folder is listed, and it may hold those of a hundred thousand.
/// One listing is under way at a time; whoever comes meanwhile is served by the next, all of them together.
/// </summary>
/// <param name="remove">Lists once and removes all that belongs to these ids; what could not be removed, by id.</param>
internal sealed class PieceSweep(BytePath folder, Func<IReadOnlySet<string>, Task<IReadOnlyDictionary<string, SftpStatusException>>> remove)
{
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private HashSet<string>? _next; // null: whoever comes begins another
    private Task<IReadOnlyDictionary<string, SftpStatusException>> _last = Task.FromResult<IReadOnlyDictionary<string, SftpStatusException>>(new Dictionary<string, SftpStatusException>(StringComparer.Ordinal));

    public BytePath Folder => folder;

    /// <summary>What of all could not be removed, by id; may name others' ids.</summary>
    public async Task<IReadOnlyDictionary<string, SftpStatusException>> RemoveAsync(IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        Task<IReadOnlyDictionary<string, SftpStatusException>> ours;
        lock (_gate)
        {
            if (_next is null)
            {
                _next = new HashSet<string>(StringComparer.Ordinal);
                _last = AfterAsync(_last, _next);
            }

            _next.UnionWith(ids);
            ours = _last;
        }

        // It goes on for the others when this one gives up.
        return await ours.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyDictionary<string, SftpStatusException>> AfterAsync(Task former, HashSet<string> ids)
    {
        // Never at once: the caller still holds the gate, and has not named its own yet.
        await former.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        lock (_gate)
        {
            _next = null;
        }

        return await remove(ids).ConfigureAwait(false);
    }
}
