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
    private static readonly TimeSpan LeastWatch = TimeSpan.FromSeconds(1);
    private readonly Queue<(BytePath From, BytePath Place, FileStamp Stamp, long MovedAt, bool Doubtful)> _late = new();

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
            _late.Enqueue((from, place, stamp, time.GetTimestamp(), doubtful));
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
            _places.Remove(first.Place);
            Doubtful -= first.Doubtful ? 1 : 0;
            Look(root, first.From, first.Place, first.Stamp);
        }

        root.LetGoOfFolders();
    }

    private void Look(ShoreRoot root, BytePath from, BytePath place, FileStamp stamp)
    {
        try
        {
            if (root.Look(place) is not { } look || look.Stamp.Inode != stamp.Inode || Departure.IsSame(look.Stamp, stamp))
            {
                return;
            }

            if (root.Move(place, from))
            {
                logger.PutBack(directory.Name, from);
            }
            else
            {
                logger.WrittenLate(directory.Name, place);
            }
        }
        catch (ShoreException)
        {
            // It cannot be put back: what was written late is in processed/, and people are told where.
            logger.WrittenLate(directory.Name, place);
        }
    }
}
