using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>
/// Files that found no room on a vessel. Where unfinished ones of several keep out one another for good, all are to be begun anew but the one nearest its
/// end: so one at a time comes through, and what is small. Implementation notes.
/// <para>Given up is only what found no room again, with little gained, after as long as it takes to send once more what is there of it: by then somebody
/// may have made room. Crumbs count for nothing, nor what was taken of the room that others given up left: else one that was under way then would have its
/// patience anew. What was given up waits for those nearer their end, or it would take from them what it gave.</para>
/// <para>A quota is not seen in what is free and is told as a mere refusal: such files are judged among themselves.</para>
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="bytesASecond">What the link can do; 0: it is not known.</param>
internal sealed class Stranded(TimeProvider time, Func<double> bytesASecond)
{
    private const int Most = 1_000;
    private const double MostBytesASecond = 1_000_000;
    private const double UnknownBytesASecond = 64_000;
    private const long Full = 1 << 20; // as VesselFull is told
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MostPatience = TimeSpan.FromDays(1);

    // Longer than any wait before the next attempt: what was not tried for so long may be wanted no more, and what was given up waits no longer for another.
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(15);
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Entry> _entries = []; // by version id; guarded by _gate
    private readonly Dictionary<long, Entry> _owed = []; // others made room for it, and it has not been told; guarded by _gate

    /// <summary>A file failed. What is not for want of room where its unfinished file lies makes it forgotten.</summary>
    /// <param name="shipment">What of it is there.</param>
    /// <param name="kind">As it was told.</param>
    /// <param name="space">Where its unfinished file lies; null: it is not known.</param>
    /// <param name="needed">What it takes there yet.</param>
    public void Failed(Shipment shipment, FailureKind kind, RemoteSpace? space, long needed)
    {
        long id = shipment.Version.Id;
        long there = shipment.Version.Stamp.SizeInBytes - shipment.BytesLeft;
        lock (_gate)
        {
            if (kind != FailureKind.Refused && !(kind == FailureKind.VesselFull && (space is not { FreeBytes: var free } || free < Math.Max(needed, Full))))
            {
                _entries.Remove(id);
                return;
            }

            long now = time.GetTimestamp();
            Entry? before = _entries.GetValueOrDefault(id);
            bool isAgain = before is { GivenUpAt: null } && before.Kind == kind && before.NeededAtFirst - needed <= (before.NeededAtFirst / 4) + LeftTo(before);
            (long since, long first) = isAgain ? (before!.Since, before.NeededAtFirst) : (now, needed);
            if (before is not null || _entries.Count < Most)
            {
                _entries[id] = new Entry(shipment.Version, kind, space, shipment.Layout is not null, there, needed, first, since, now, shipment.Layout is null && before is { Waits: true } ? before.GivenUpAt : null);
            }
        }
    }

    /// <summary>It is there, is not wanted any more, or failed for something else. True: another was given up for it, and need not wait any longer.</summary>
    public bool Forget(long versionId)
    {
        lock (_gate)
        {
            _owed.Remove(versionId);
            return _entries.Remove(versionId, out Entry? gone) && _entries.Values.Any(other => other.Waits && AreRivals(other, gone) && NearerItsEnd(other) is null);
        }
    }

    /// <summary>
    /// Versions whose unfinished files are in the way of one that is nearer its end; they count as without any from now on. And those for which room was made,
    /// now or while they were under way, each once, as they failed last.
    /// </summary>
    /// <param name="underWay">Ids of those that are being tried: they are in neither.</param>
    public (IReadOnlyList<FileVersion> GivenUp, IReadOnlyList<(FileVersion Version, FailureKind Kind)> For) TakeHopeless(IReadOnlyCollection<long> underWay)
    {
        lock (_gate)
        {
            RemoveStale();
            Entry[] hopeless = [.. _entries.Values.Where(one => one.IsBegun && one.GivenUpAt is null && IsStuck(one) && !underWay.Contains(one.Version.Id) && NearerItsEnd(one) is not null)];
            foreach (Entry entry in hopeless)
            {
                _entries[entry.Version.Id] = entry with { GivenUpAt = time.GetTimestamp() };
            }

            HashSet<long> givenUp = [.. hopeless.Select(static one => one.Version.Id)];
            foreach (Entry first in hopeless.Select(one => _entries.Values.Where(other => !givenUp.Contains(other.Version.Id) && AreRivals(other, one)).MinBy(static other => (other.ToGo, other.Version.Id))).OfType<Entry>())
            {
                _owed[first.Version.Id] = first;
            }

            Entry[] owed = [.. _owed.Values.Where(one => !underWay.Contains(one.Version.Id))];
            Array.ForEach(owed, one => _owed.Remove(one.Version.Id));
            return ([.. hopeless.Select(static one => one.Version)], [.. owed.Select(static one => (one.Version, one.Kind))]);
        }
    }

    /// <summary>For which one this, given up, has to wait with beginning anew; null: for none. If it was given up it is begun anew from now on: it waits for none that comes later, and those further from their end wait for it.</summary>
    public FileVersion? GoesBefore(long versionId)
    {
        lock (_gate)
        {
            // Each file asks at each attempt: most find nothing here.
            if (_entries.GetValueOrDefault(versionId) is not { Waits: true } entry)
            {
                return null;
            }

            RemoveStale();
            Entry? first = time.GetElapsedTime(entry.GivenUpAt!.Value) > Stale ? null : NearerItsEnd(entry);
            _entries[versionId] = entry with { At = time.GetTimestamp(), IsAnew = first is null };
            return first?.Version;
        }
    }

    // By those that were given up since it was first refused: at the most all of them, for more may lie there than was acknowledged.
    private decimal LeftTo(Entry entry) =>
        _entries.Values.Where(other => other.Waits && other.GivenUpAt > entry.Since && AreRivals(other, entry)).Sum(static other => (decimal)other.Version.Stamp.SizeInBytes);

    private void RemoveStale()
    {
        foreach (long stale in _entries.Where(one => time.GetElapsedTime(one.Value.At) > Stale).Select(static one => one.Key).ToArray())
        {
            _entries.Remove(stale);
        }
    }

    private bool IsStuck(Entry entry) =>
        time.GetElapsedTime(entry.Since, entry.At) >= Patience(entry.There, bytesASecond());

    private static TimeSpan Patience(long there, double bytesASecond)
    {
        double rate = bytesASecond > 0 ? Math.Min(bytesASecond, MostBytesASecond) : UnknownBytesASecond;
        return LeastPatience + TimeSpan.FromSeconds(Math.Min(there / rate, MostPatience.TotalSeconds));
    }

    private Entry? NearerItsEnd(Entry entry) => _entries.Values.FirstOrDefault(other =>
        (other.ToGo, other.Version.Id).CompareTo((entry.ToGo, entry.Version.Id)) < 0 && AreRivals(other, entry));

    private static bool AreRivals(Entry one, Entry other) =>
        one.Kind == other.Kind && RoomBook.ShareDisk((one.Version.Directory, one.Space), (other.Version.Directory, other.Space));

    // As it was when it failed last. GivenUpAt: when what was there of it was given up, until it fails anew; IsAnew: it goes again since.
    private sealed record Entry(FileVersion Version, FailureKind Kind, RemoteSpace? Space, bool IsBegun, long There, long Needed, long NeededAtFirst, long Since, long At, long? GivenUpAt, bool IsAnew = false)
    {
        public bool Waits => GivenUpAt is not null && !IsAnew;

        public long ToGo => GivenUpAt is null ? Needed : There + Needed;
    }
}
