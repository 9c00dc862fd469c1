using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>
/// What stood in destination directories when the visit first came to them: one request instead of one for each file. Implementation notes.
/// <para>It grows old, and may: whoever goes by it looks once more before he renames, and replaces a file that came meanwhile as it would be replaced
/// anyway.</para>
/// <para>Nearby only: a listing takes four round trips and more, looks at many files take one. And of directories with few entries: those of others
/// would be longer than the looks.</para>
/// </summary>
internal sealed class KnownNames(IVessel vessel)
{
    private const int MostNames = 400;
    private const int MostDirectories = 1024;
    private static readonly TimeSpan Near = TimeSpan.FromMilliseconds(100);
    private readonly Dictionary<BytePath, Task<IReadOnlySet<BytePath>?>> _directories = []; // guarded by itself

    /// <summary>The names in it; null: each has to be looked at.</summary>
    public Task<IReadOnlySet<BytePath>?> InAsync(BytePath directory, CancellationToken cancellationToken)
    {
        if (vessel.Facts.RoundTrip >= Near)
        {
            return Task.FromResult<IReadOnlySet<BytePath>?>(null);
        }

        lock (_directories)
        {
            if (!_directories.TryGetValue(directory, out Task<IReadOnlySet<BytePath>?>? names) || names.IsFaulted || names.IsCanceled)
            {
                if (_directories.Count >= MostDirectories)
                {
                    _directories.Clear();
                }

                _directories[directory] = names = vessel.NamesAsync(directory, MostNames, cancellationToken);
            }

            return names;
        }
    }
}
