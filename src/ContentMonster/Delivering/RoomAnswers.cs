using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>The room at places of a vessel. Where there was plenty some seconds ago nobody waits for an answer anew: over a long way each takes a round trip.</summary>
internal sealed class RoomAnswers(IVessel vessel, TimeProvider time)
{
    /// <summary>More than what comes over a link while an answer is good.</summary>
    public const long Plenty = 4L << 30;

    private const int MostPlaces = 1_000;
    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(5);
    private readonly Lock _gate = new();
    private readonly Dictionary<BytePath, (RemoteSpace Space, long At)> _answers = []; // by folder; guarded by _gate

    /// <summary>An answer of the last seconds, less all that may have been written since, where so much is left by that; else one that is new.</summary>
    /// <param name="part">An unfinished file that is there or may be.</param>
    /// <param name="needed">What it takes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<RemoteSpace?> AboutAsync(BytePath part, long needed, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _answers.TryGetValue(part.Parent, out (RemoteSpace Space, long At) known) && time.GetElapsedTime(known.At) < GoodFor && known.Space.FreeBytes - Plenty >= needed
                ? Task.FromResult<RemoteSpace?>(known.Space with { FreeBytes = known.Space.FreeBytes - Plenty })
                : NewAsync(part, cancellationToken);
        }
    }

    /// <summary>Asks; null: the server does not tell.</summary>
    public async Task<RemoteSpace?> NewAsync(BytePath part, CancellationToken cancellationToken)
    {
        long asked = time.GetTimestamp();
        RemoteSpace? space = await vessel.SpaceAsync(part, cancellationToken).ConfigureAwait(false);
        if (space is { } known)
        {
            lock (_gate)
            {
                if (_answers.Count >= MostPlaces)
                {
                    _answers.Clear();
                }

                _answers[part.Parent] = (known, asked);
            }
        }

        return space;
    }
}
