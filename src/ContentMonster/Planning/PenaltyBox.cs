using ContentMonster.Model;

namespace ContentMonster.Planning;

/// <summary>
/// Places on a vessel where file after file fails alike: what waits for such a place steps back together, so that neither the vessel nor its
/// other places wait for each of those files to fail by itself. A full disk keeps out only what is at least as large as what did not fit.
/// What fails while a sentence runs was under way before it: a hundred files that fail side by side say no more than three, and only what fails
/// after it makes the next one longer.
/// </summary>
/// <typeparam name="TPlace">What tells places apart.</typeparam>
internal sealed class PenaltyBox<TPlace>(TimeProvider time)
    where TPlace : notnull
{
    private const int AlikeIsThePlace = 3;

    // A disk hangs, not a file; and each further one would hold up the whole vessel as long.
    private const int HangingIsThePlace = 1;

    // The owner's loop and its shipments meet here: all is guarded by the dictionary.
    private readonly Dictionary<TPlace, Entry> _places = [];

    /// <summary>Whether a failure of this kind says something about the place rather than about one file.</summary>
    public static bool IsOfThePlace(FailureKind kind) =>
        kind is FailureKind.PermissionDenied or FailureKind.Refused or FailureKind.VesselFull or FailureKind.Unsupported or FailureKind.ParentRefused or FailureKind.CommandHangs;

    /// <summary>True: that is news; false: it was under way when its place was given up, and failed like others.</summary>
    public bool Failed(TPlace place, FailureKind kind, long sizeInBytes, string message)
    {
        lock (_places)
        {
            if (_places.TryGetValue(place, out Entry? entry) && Left(entry) > TimeSpan.Zero && (kind != FailureKind.CommandHangs || entry.Kind == kind))
            {
                // That the disk is full is the truer word where others were merely refused; not where a command hangs, for smaller files would hang there, too.
                bool news = entry.Told.Add(kind) && (kind, entry.Kind) != (FailureKind.Refused, FailureKind.VesselFull);
                (entry.Kind, entry.Message) = kind == FailureKind.VesselFull && entry.Kind != FailureKind.CommandHangs ? (kind, message) : (entry.Kind, entry.Message);
                entry.LeastSize = Math.Min(entry.LeastSize, sizeInBytes);
                return news;
            }

            if (entry?.Kind != kind)
            {
                _places[place] = entry = new Entry { Kind = kind, LeastSize = sizeInBytes, Message = message };
            }

            entry.LeastSize = Math.Min(entry.LeastSize, sizeInBytes);
            if (++entry.Count >= (kind == FailureKind.CommandHangs ? HangingIsThePlace : AlikeIsThePlace))
            {
                entry.Sentences++;
                entry.Length = Backoff.StepBack(kind, entry.Sentences, chance: 0.5);
                entry.Told.Clear();
                entry.Told.Add(kind);
                (entry.Message, entry.Since) = (message, time.GetTimestamp());
            }

            return true;
        }
    }

    public void Succeeded(TPlace place, long sizeInBytes)
    {
        lock (_places)
        {
            if (_places.TryGetValue(place, out Entry? entry) && (entry.Kind != FailureKind.VesselFull || sizeInBytes >= entry.LeastSize))
            {
                _places.Remove(place);
            }
        }
    }

    /// <summary>Somebody says that it may be mended: all are tried again.</summary>
    public void Empty()
    {
        lock (_places)
        {
            _places.Clear();
        }
    }

    /// <summary>Why and for how long a file of this size waits with the others of its place; null: it may be tried.</summary>
    public (FailureKind Kind, string Message, TimeSpan Left)? Sentence(TPlace place, long sizeInBytes)
    {
        lock (_places)
        {
            if (!_places.TryGetValue(place, out Entry? entry) || (entry.Kind == FailureKind.VesselFull && sizeInBytes < entry.LeastSize))
            {
                return null;
            }

            TimeSpan left = Left(entry);
            return left > TimeSpan.Zero ? (entry.Kind, entry.Message, left) : null;
        }
    }

    private TimeSpan Left(Entry entry) => entry.Sentences == 0 ? TimeSpan.Zero : entry.Length - time.GetElapsedTime(entry.Since);

    private sealed class Entry
    {
        public required FailureKind Kind { get; set; }

        public required string Message { get; set; }

        /// <summary>Kinds that were news in this sentence.</summary>
        public HashSet<FailureKind> Told { get; } = [];

        public int Count { get; set; }

        public int Sentences { get; set; }

        /// <summary>Of the last one.</summary>
        public TimeSpan Length { get; set; }

        public required long LeastSize { get; set; }

        public long Since { get; set; }
    }
}
