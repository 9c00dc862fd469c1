using ContentMonster.Configuration;
using ContentMonster.Model;
using ContentMonster.Shore;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Archiving;

/// <summary>
/// Moved files that are looked at once more: a writer that kept one open across the move may have written to it since, and that must be sent too.
/// </summary>
internal sealed class LateWatch(DirectorySettings directory, TimeProvider time, ILogger logger)
{
    private const int MostWatched = 10_000;
    private const int MostLooks = 5;
    private static readonly TimeSpan LeastWatch = TimeSpan.FromSeconds(1);
    private readonly Queue<(BytePath From, BytePath Place, FileStamp Stamp, long MovedAt, bool Doubtful, int Looks)> _late = new();

    // Of what could not be booked yet, more than one look finds it moved.
    private readonly HashSet<BytePath> _places = [];

    /// <summary>Those of them that somebody may have open for writing.</summary>
    public int Doubtful { get; private set; }

    /// <summary>Until the next is to be looked at; <see cref="TimeSpan.MaxValue"/>: none is.</summary>
    public TimeSpan Left => _late.TryPeek(out var first) ? Watch - time.GetElapsedTime(first.MovedAt) : TimeSpan.MaxValue;

    private TimeSpan Watch => directory.SettleTime > LeastWatch ? directory.SettleTime : LeastWatch;

    public void Remember(BytePath from, BytePath place, FileStamp stamp, bool doubtful)
    {
        if (_late.Count < MostWatched && _places.Add(place))
        {
            _late.Enqueue((from, place, stamp, time.GetTimestamp(), doubtful, 0));
            Doubtful += doubtful ? 1 : 0;
        }
    }

    /// <summary>Looks at those whose time has come.</summary>
    public void Look(ShoreRoot root)
    {
        root.HoldFolders();
        while (_late.TryPeek(out var first) && time.GetElapsedTime(first.MovedAt) >= Watch)
        {
            _late.Dequeue();
            if (Trouble(root, first.From, first.Place, first.Stamp) is { } trouble)
            {
                if (first.Looks + 1 < MostLooks)
                {
                    _late.Enqueue(first with { MovedAt = time.GetTimestamp(), Looks = first.Looks + 1 });
                    continue;
                }

                logger.NotSeenLate(directory.Name, first.Place, trouble);
            }

            _places.Remove(first.Place);
            Doubtful -= first.Doubtful ? 1 : 0;
        }

        root.LetGoOfFolders();
    }

    // Null: it was looked at, and what was to be done about it is done.
    private string? Trouble(ShoreRoot root, BytePath from, BytePath place, FileStamp stamp)
    {
        try
        {
            if (root.Look(place) is not { } look || look.Stamp.Inode != stamp.Inode || Departure.IsSame(look.Stamp, stamp))
            {
                return null;
            }
        }
        catch (ShoreException trouble)
        {
            return trouble.Message;
        }

        if (IsPutBack(root, from, place))
        {
            logger.PutBack(directory.Name, from);
        }
        else
        {
            logger.WrittenLate(directory.Name, place);
        }

        return null;
    }

    private static bool IsPutBack(ShoreRoot root, BytePath from, BytePath place)
    {
        try
        {
            return root.Move(place, from);
        }
        catch (ShoreException)
        {
            // What was written late is in processed/, and people are told where.
            return false;
        }
    }
}
