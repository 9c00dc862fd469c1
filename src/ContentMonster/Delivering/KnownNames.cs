using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>
/// What stood in destination directories when the visit first came to them: one request instead of one for each file. Implementation notes.
/// <para>It grows old, and may: whoever goes by it looks once more before he renames, and replaces a file that came meanwhile as it would be replaced
/// anyway.</para>
/// <para>On a short way only: a listing takes four round trips and more, looks at many files take one. And of directories with few entries, for many
/// files: else the listing is longer than the looks.</para>
/// </summary>
internal sealed class KnownNames(IVessel vessel)
{
    /// <summary>For fewer a listing is not worth it.</summary>
    public const int LeastLooks = 32;

    private const int MostNames = 400;
    private const int MostDirectories = 1_024;
    private const int MostKept = 4_096;
    private readonly Dictionary<BytePath, Task<IReadOnlySet<BytePath>?>> _directories = []; // guarded by itself
    private int _kept; // names in all of them; guarded by _directories

    /// <summary>The names in it; null: each has to be looked at.</summary>
    /// <param name="directory">On the vessel.</param>
    /// <param name="looks">Files there that somebody asks for now.</param>
    /// <param name="cancellationToken">The visit's: the answer is shared.</param>
    public Task<IReadOnlySet<BytePath>?> InAsync(BytePath directory, int looks, CancellationToken cancellationToken)
    {
        if (looks < LeastLooks || vessel.Facts.RoundTrip >= LanePlan.LongWay)
        {
            return Task.FromResult<IReadOnlySet<BytePath>?>(null);
        }

        lock (_directories)
        {
            if (!_directories.TryGetValue(directory, out Task<IReadOnlySet<BytePath>?>? names) || names.IsFaulted || names.IsCanceled)
            {
                if (_directories.Count >= MostDirectories || _kept >= MostKept)
                {
                    _directories.Clear();
                    _kept = 0;
                }

                _directories[directory] = names = ListAsync(directory, cancellationToken);
            }

            return names;
        }
    }

    private async Task<IReadOnlySet<BytePath>?> ListAsync(BytePath directory, CancellationToken cancellationToken)
    {
        IReadOnlySet<BytePath>? names = await vessel.NamesAsync(directory, MostNames, cancellationToken).ConfigureAwait(false);
        lock (_directories)
        {
            _kept += names?.Count ?? 0;
        }

        return names;
    }
}
