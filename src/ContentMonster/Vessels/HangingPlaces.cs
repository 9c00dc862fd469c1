using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>
/// Where the SFTP server of one vessel hangs while the link to it lives (a disk, a network file system): what goes there steps back, so that all else gets
/// through. Implementation notes.
/// <para>A server answers in order, so one request that hangs holds up all behind it, and each connection that meets it ends after Timeout. Once may be chance; what
/// stalls twice within an hour, with nothing published there in between, is left out for a while, and after that each further stall there is another verdict. All that
/// was asked before a stall was counted waited for the same hang, on whichever connection.</para>
/// <para>The place is the folder at which it hung. Where a second folder of the same destination hangs as well, it is what both have in common: a disk with a thousand
/// folders is not found out folder by folder. What was asked about no destination steps nothing back, nor about a TempDir, which all go through.</para>
/// </summary>
/// <param name="roots">RemoteLocation of each directory that the vessel takes.</param>
/// <param name="temp">TempDir, which may lie in one of them, or null.</param>
internal sealed class HangingPlaces(IReadOnlyList<BytePath> roots, BytePath? temp, TimeProvider time)
{
    private const int NoChance = 2;
    private static readonly TimeSpan Forgotten = TimeSpan.FromHours(1);
    private readonly PenaltyBox<BytePath> _box = new(time); // by root
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly Dictionary<BytePath, Suspect> _suspects = []; // by root

    /// <summary>A lane broke, or the visit ended. Null: that steps nothing back; else where, and whether that is news.</summary>
    public (BytePath Place, bool IsNews)? Stalled(VesselException failure)
    {
        if (failure.HangsAt is not { } request)
        {
            return null;
        }

        var path = new BytePath(request.Path.ToArray());
        if ((temp is BytePath folder && IsIn(path, folder)) || RootOf(path) is not BytePath root)
        {
            return null;
        }

        lock (_gate)
        {
            Suspect? suspect = _suspects.GetValueOrDefault(root);
            if (suspect is null || time.GetElapsedTime(suspect.At) >= Forgotten)
            {
                _suspects[root] = suspect = new Suspect(Within(root, path));
            }

            suspect.Place = Common(suspect.Place, Within(root, path));
            if (suspect.Stalls == 0 || time.GetElapsedTime(suspect.At) >= request.Waited)
            {
                suspect.Stalls++;
                suspect.At = time.GetTimestamp();
                suspect.IsNews = suspect.Stalls >= NoChance && _box.Failed(root, FailureKind.CommandHangs, 0, failure.Message);
            }

            bool news = suspect.IsNews;
            suspect.IsNews = false;
            return suspect.Stalls >= NoChance ? (suspect.Place, news) : null;
        }
    }

    /// <summary>Something was published here: it does not hang any more. True: what belongs here was put off until now.</summary>
    public bool Succeeded(BytePath path)
    {
        lock (_gate)
        {
            if (_suspects.Count == 0 || RootOf(path) is not BytePath root || !_suspects.TryGetValue(root, out Suspect? suspect) || !IsIn(path, suspect.Place))
            {
                return false;
            }

            _suspects.Remove(root);
            _box.Succeeded(root, 0);
            return suspect.Stalls >= NoChance;
        }
    }

    /// <summary>Somebody says that it may be mended: all are tried again.</summary>
    public void Empty()
    {
        lock (_gate)
        {
            _suspects.Clear();
            _box.Empty();
        }
    }

    /// <summary>Whether a server that hung there has not been seen to go on since.</summary>
    public bool Any
    {
        get
        {
            lock (_gate)
            {
                return _suspects.Values.Any(suspect => time.GetElapsedTime(suspect.At) < Forgotten);
            }
        }
    }

    /// <summary>Whether nothing is to be asked about this path for now.</summary>
    public bool Holds(BytePath path) => Sentence(path) is not null;

    /// <summary>Why and for how long what belongs here waits; null: it may be tried.</summary>
    public (FailureKind Kind, string Message, TimeSpan Left)? Sentence(BytePath path)
    {
        lock (_gate)
        {
            if (_suspects.Count == 0 || RootOf(path) is not BytePath root)
            {
                return null;
            }

            return _suspects.TryGetValue(root, out Suspect? suspect) && IsIn(path, suspect.Place) ? _box.Sentence(root, 0) : null;
        }
    }

    // Destinations may be nested.
    private BytePath? RootOf(BytePath path)
    {
        BytePath[] above = [.. roots.Where(root => IsIn(path, root)).OrderByDescending(static root => root.Span.Length).Take(1)];
        return above.Length == 0 ? null : above[0];
    }

    // The folder of what was asked about, but no higher than the destination itself.
    private static BytePath Within(BytePath root, BytePath path) => path == root || !IsIn(path.Parent, root) ? root : path.Parent;

    private static BytePath Common(BytePath one, BytePath other)
    {
        while (!IsIn(other, one))
        {
            one = one.Parent;
        }

        return one;
    }

    private static bool IsIn(BytePath path, BytePath place) =>
        place.IsEmpty ? path.IsEmpty || path.Span[0] != (byte)'/'
        : path.Span.StartsWith(place.Span) && (path.Span.Length == place.Span.Length || place.Span[^1] == (byte)'/' || path.Span[place.Span.Length] == (byte)'/');

    private sealed class Suspect(BytePath place)
    {
        public BytePath Place { get; set; } = place;

        public int Stalls { get; set; }

        public long At { get; set; }

        public bool IsNews { get; set; }
    }
}
